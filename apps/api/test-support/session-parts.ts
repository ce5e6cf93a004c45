import { systemClock } from '@kptv/clock'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import type { SessionSlots } from '../src/cluster/session-slots.ts'
import { SharedChannel, type SharedChannelOptions } from '../src/cluster/shared-channel.ts'
import { DEFAULT_TIMING } from '../src/providers/stream-pull.ts'
import type { SessionSettings } from '../src/sessions/session-options.ts'

/** The surroundings of a session; a test replaces the parts that it checks. */

export const sessionSettings: SessionSettings = {
  limits: { maxRetries: 3, stableMs: 10_000 },
  retryDelayMs: 1_000,
  inactiveTimeoutMs: 10_000,
  minDataBytes: 1024,
  timing: DEFAULT_TIMING,
}

export const UNWATCHED = { hasViewers: false, priority: 0 }
export const WATCHED = { hasViewers: true, priority: 0 }

/** Every stream has a slot, no other channel wants it, and nothing is remembered. */
export const ampleCluster: SessionSlots = {
  takeSlot: async () => ({ slotId: 'slot' }),
  takeSpareSlot: async () => ({ skip: 'full' }),
  hasSpareSlot: async () => false,
  queue: async () => ({ may: true }),
  outrank: async () => undefined,
  rankSlot: () => undefined,
  leaveQueues: () => undefined,
  leaveQueuesBut: () => undefined,
  want: () => undefined,
  isWanted: () => false,
  standing: () => 'held',
  markSlot: () => undefined,
  explain: (_slotId, failure) => failure,
  noteHealthy: () => undefined,
  releaseSlot: async () => undefined,
  noteFailure: () => undefined,
  noteSuccess: () => undefined,
}

export type SharedChannelParts = Partial<Omit<SharedChannelOptions, 'leadership'>> & {
  readonly leadership?: Partial<SharedChannelOptions['leadership']>
}

/**
 * The channel `channel` as shared by node `node`: it leads on request and is alone, except as
 * given.
 */
export function createSharedChannel({
  leadership,
  clock = systemClock,
  ...more
}: SharedChannelParts = {}): SharedChannel {
  return new SharedChannel({
    channelId: 'channel',
    leadership: {
      claim: async () => ({ outcome: 'leading', term: 1 }),
      read: async () => undefined,
      mayLead: () => true,
      standing: () => 'held',
      note: () => undefined,
      resign: async () => 'resigned',
      handOver: async () => false,
      declineHandOver: async () => false,
      isOffered: async () => true,
      onLost: () => () => undefined,
      ...leadership,
    },
    presence: { set: () => undefined, others: async () => [] },
    incarnation: () => 'node',
    mayLead: async () => true,
    relay: createMemoryRelayHub({ clock }).relay({ keys: createKeys(), incarnation: 'node' }),
    clock,
    ...more,
  })
}
