import type { Slots, StreamHealth } from '@kptv/coordination'
import type { PlayableStream, SessionCluster } from './channel-session.ts'

type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

export type SessionClusterOptions = {
  readonly slots: Slots
  readonly health: StreamHealth
  /** Whose connections a source uses, and how many there are. Sources with the same login share them. */
  readonly accountOf: (sourceId: string) => { readonly accountId: string; readonly limit: number }
  /** Ends a session of this node that nobody watches, if its slot is of the account. */
  readonly freeLingeringSlots: (accountId: string) => Promise<boolean>
  readonly logger: Logger
}

/** What sessions ask of the cluster: a slot before each connection, and what is known of a stream's health. */
export function createSessionCluster(options: SessionClusterOptions): (channelId: string) => SessionCluster {
  const { slots, health, accountOf, freeLingeringSlots, logger } = options
  const noted = (error: unknown): void => logger.warn({ error }, 'stream health could not be noted')

  return (channelId) => ({
    async takeSlot({ streamId, sourceId }: PlayableStream) {
      const blocked = await health.blockedUntil([streamId])
      if (blocked.has(streamId)) return { skip: 'blocked' }
      const { accountId, limit } = accountOf(sourceId)
      const request = { sourceId: accountId, limit, channelId }
      const answer = await slots.acquire(request)
      if (answer.outcome === 'granted') return { slotId: answer.slotId }
      if (!(await freeLingeringSlots(accountId))) return { skip: 'full' }
      const second = await slots.acquire(request)
      return second.outcome === 'granted' ? { slotId: second.slotId } : { skip: 'full' }
    },

    async releaseSlot(slotId) {
      await slots.release(slotId)
    },

    noteFailure(streamId) {
      health.failed(streamId).catch(noted)
    },

    noteSuccess(streamId) {
      health.succeeded(streamId).catch(noted)
    },
  })
}
