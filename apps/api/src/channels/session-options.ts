import type { FailoverLimits } from '@kptv/failover'
import type { ClusterChannel } from './cluster-channel.ts'
import type { PlayableStream } from './playable-streams.ts'
import type { SessionCluster } from './session-cluster.ts'
import type { SessionObserver } from './session-observer.ts'
import type { PullTiming } from './stream-pull.ts'

export type SessionSettings = {
  readonly limits: FailoverLimits
  readonly retryDelayMs: number
  readonly inactiveTimeoutMs: number
  readonly minDataBytes: number
  readonly timing: PullTiming
}

export type SessionOptions = {
  readonly channelId: string
  readonly streams: readonly PlayableStream[]
  readonly cluster: SessionCluster
  /** The channel as all nodes share it; without it the session plays for its own viewers alone. */
  readonly shared: ClusterChannel | undefined
  readonly settings: SessionSettings
  readonly observer: SessionObserver
  readonly ringBytes: number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
}
