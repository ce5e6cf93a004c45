import type { RedisKeys } from '@kptv/redis'
import {
  DEFAULT_LIMITS,
  type DropReason,
  type Relay,
  type RelayClock,
  type RelayFollower,
  type RelayLimits,
} from './relay.ts'
import { Follower } from './relay-follower.ts'
import { Publisher } from './relay-publisher.ts'
import type { RelayTransport } from './relay-transport.ts'

export type RelayOptions = {
  readonly keys: RedisKeys
  /**
   * Of this process: the address of answers to its followers. 1 to 64 letters, digits, `.`, `_` and
   * `-`.
   */
  readonly incarnation: string
  /** Default: the clock of the process. */
  readonly clock?: RelayClock
  readonly limits?: Partial<RelayLimits>
  /** Called for each message that a follower drops. */
  readonly onDropped?: (reason: DropReason) => void
}

export const systemClock: RelayClock = {
  monotonicMs: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
}

/** The relay over any transport, which it owns from now on. */
export function createRelay(transport: RelayTransport, options: RelayOptions): Relay {
  const { keys, incarnation, clock = systemClock, onDropped = () => {} } = options
  const shared = { transport, keys, clock, limits: { ...DEFAULT_LIMITS, ...options.limits } }
  const publishers = new Map<string, Publisher>()
  const followers = new Set<RelayFollower>()
  /** Last sequences of closed publishers, so that a sequence is never used twice in a term. */
  const lastSequences = new Map<string, { readonly term: number; readonly sequence: number }>()
  let isDisposed = false

  const refuseIfDisposed = () => {
    if (isDisposed) throw new Error('the relay is closed')
  }
  return {
    publisher(channelId, term, { mayPublish = () => true, backlog } = {}) {
      refuseIfDisposed()
      const id = `${channelId} ${term}`
      if (publishers.has(id)) throw new Error(`channel ${channelId} already has a publisher of term ${term}`)
      const last = lastSequences.get(channelId)
      const onClosed = (sequence: number) => {
        publishers.delete(id)
        if (term >= (lastSequences.get(channelId)?.term ?? 0)) lastSequences.set(channelId, { term, sequence })
      }
      // Skips one number, so that followers of the closed publisher see that something is missing.
      const firstSequence = last?.term === term ? last.sequence + 2 : 1
      const publisher = new Publisher({ ...shared, channelId, term, firstSequence, mayPublish, backlog, onClosed })
      publishers.set(id, publisher)
      return publisher
    },

    follow(channelId, handlers, { fromTerm = 0, fromStart = false, isState = () => true } = {}) {
      refuseIfDisposed()
      const about = { channelId, incarnation, fromTerm, fromStart, isState, onDropped, handlers }
      const follower = new Follower({ ...shared, ...about })
      followers.add(follower)
      return {
        close: () => {
          followers.delete(follower)
          return follower.close()
        },
        get term() {
          return follower.term
        },
        stats: follower.stats,
      }
    },

    async [Symbol.asyncDispose]() {
      isDisposed = true
      await Promise.all([...publishers.values(), ...followers].map((end) => end.close()))
      await transport.close()
    },
  }
}
