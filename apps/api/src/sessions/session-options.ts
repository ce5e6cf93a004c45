import type { Clock } from '@kptv/clock'
import type { FailoverLimits } from '@kptv/failover'
import type { SessionSlots } from '../cluster/session-slots.ts'
import type { SharedChannel } from '../cluster/shared-channel.ts'
import type { EdgeEvents } from '../events/edge-events.ts'
import type { SlabPool } from '../media/slab-pool.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { PullTiming } from '../providers/stream-pull.ts'

export type SessionSettings = {
  readonly limits: FailoverLimits
  readonly retryDelayMs: number
  readonly inactiveTimeoutMs: number
  readonly minDataBytes: number
  readonly timing: PullTiming
}

export type SessionOptions = {
  readonly channelId: string
  /** Of the channel, for players that show it. */
  readonly name?: string | undefined
  readonly streams: readonly PlayableStream[]
  readonly cluster: SessionSlots
  /** The channel as all nodes share it; without it the session plays for its own viewers alone. */
  readonly shared: SharedChannel | undefined
  readonly settings: SessionSettings
  readonly events: Pick<EdgeEvents, 'emit'>
  readonly ringBytes: number
  /** Where the ring's memory comes from; without it the ring has its own. */
  readonly pool?: SlabPool | undefined
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
}

/** A channel as another generation of the catalogue has it. */
export type AdoptedChannel = { readonly name: string; readonly streams: readonly PlayableStream[] }
