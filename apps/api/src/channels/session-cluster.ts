import { setTimeout as sleep } from 'node:timers/promises'
import type { Slots, StreamHealth } from '@kptv/coordination'
import type { Skip } from '@kptv/failover'
import type { Logger } from '@kptv/logging'
import type { ClusterChannel } from './cluster-channel.ts'
import type { PlayableStream } from './playable-streams.ts'

/** What each session asks of the cluster. Answers are values; Redis away is an error. */
export type SessionCluster = {
  /** A slot of the stream's account, or why there is none. */
  takeSlot(stream: PlayableStream): Promise<{ readonly slotId: string } | { readonly skip: Skip }>
  /** Whether the slot is surely ours at this moment, by our own clock. */
  mayUse(slotId: string): boolean
  /** For people who read Redis: what the slot's connection is doing. */
  markSlot(slotId: string, state: 'active' | 'closing'): void
  releaseSlot(slotId: string): Promise<void>
  noteFailure(streamId: string): void
  noteSuccess(streamId: string): void
}

export type SessionClusterOptions = {
  readonly slots: Slots
  readonly health: StreamHealth
  /** Ends a session of this node that nobody watches, if its slot is of the account. */
  readonly freeLingeringSlot: (accountId: string) => Promise<boolean>
  /** Asks the other nodes to do the same; answers whether there are any. */
  readonly askForSlot: (accountId: string) => Promise<boolean>
  readonly logger: Logger
}

/** Another node closes its connection before it gives the slot back. */
const YIELD_WAIT_MS = 1_500
const LOOK_MS = 150

/** A slot before each connection, and what all nodes know of a stream's health. */
export function createSessionCluster(options: SessionClusterOptions) {
  const { slots, health, freeLingeringSlot, askForSlot, logger } = options
  const warnNotNoted = (error: unknown): void => logger.warn({ error }, 'stream health could not be noted')

  return (channelId: string, shared: ClusterChannel | undefined): SessionCluster => {
    const acquire = async ({ accountId, limit }: PlayableStream): Promise<string | undefined> => {
      const answer = await slots.acquire({ accountId, limit, channelId, ...shared?.claimTo(accountId) })
      if (answer.outcome === 'cold') throw new Error('Redis has just come back: nobody gets a slot yet')
      if (answer.outcome !== 'granted') return undefined
      shared?.noteSlot(accountId, answer.slotId)
      return answer.slotId
    }
    return {
      async takeSlot(stream) {
        const blocked = await health.blockedUntil([stream.streamId])
        if (blocked.has(stream.streamId)) return { skip: 'blocked' }
        for (;;) {
          const slotId = await acquire(stream)
          if (slotId !== undefined) return { slotId }
          if (!(await freeLingeringSlot(stream.accountId))) break
        }
        if (!(await askForSlot(stream.accountId))) return { skip: 'full' }
        for (let waitedMs = 0; waitedMs < YIELD_WAIT_MS; waitedMs += LOOK_MS) {
          await sleep(LOOK_MS)
          const slotId = await acquire(stream)
          if (slotId !== undefined) return { slotId }
        }
        return { skip: 'full' }
      },

      mayUse: (slotId) => slots.mayUse(slotId),
      markSlot: (slotId, state) => slots.mark(slotId, state),

      async releaseSlot(slotId) {
        await slots.release(slotId)
      },

      noteFailure(streamId) {
        health.failed(streamId).catch(warnNotNoted)
      },

      noteSuccess(streamId) {
        health.succeeded(streamId).catch(warnNotNoted)
      },
    }
  }
}
