import { type Clock, systemClock } from '@kptv/clock'
import type { RedisKeys } from '@kptv/redis'
import { type MemoryBlock, MessageMemory } from './message-memory.ts'
import { DEFAULT_LIMITS, type DropReason, type Relay, type RelayFollower, type RelayLimits } from './relay.ts'
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
  readonly clock?: Clock
  readonly limits?: Partial<RelayLimits>
  /** Called for each message that a publisher or a follower drops. */
  readonly onDropped?: (reason: DropReason) => void
}

/** The relay over any transport, which it owns from now on. */
export function createRelay(transport: RelayTransport, options: RelayOptions): Relay {
  const { keys, incarnation, clock = systemClock, onDropped = () => {} } = options
  const shared = { transport, keys, clock, limits: { ...DEFAULT_LIMITS, ...options.limits } }
  const publishers = new Map<string, Publisher>()
  const followers = new Set<RelayFollower>()
  const freeBlocks: MemoryBlock[] = []
  /** Last sequences of closed publishers, so that a sequence is never used twice in a term. */
  const lastSequences = new Map<string, { readonly term: number; readonly sequence: number }>()
  let isDisposed = false

  const refuseIfDisposed = () => {
    if (isDisposed) throw new Error('the relay is closed')
  }
  return {
    publisher(channelId, term, { mayPublish = () => true, isFlowing = () => true, backlog } = {}) {
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
      const memory = new MessageMemory(freeBlocks)
      const about = { memory, channelId, term, firstSequence, mayPublish, isFlowing, backlog, onDropped, onClosed }
      const publisher = new Publisher({ ...shared, ...about })
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
