import { setTimeout as sleep } from 'node:timers/promises'
import { blameOpenStreams, createTombstones } from '@kptv/coordination'
import type { Logger } from '@kptv/logging'
import { clusterKeys, connectRedis } from '@kptv/redis'
import type { CauseOfDeath } from './cause-of-death.ts'

/** After that, leases and quarantine have expired, and the proof is no longer needed. */
const TRY_FOR_MS = 60_000
const TRY_AGAIN_MS = 250

type Death = {
  readonly incarnations: readonly string[]
  readonly reason: string
  readonly cause: CauseOfDeath | undefined
}

export type TombstoneWriter = ReturnType<typeof createTombstoneWriter>

/**
 * Records in the cluster that a process is gone. It opens a connection just for that: the
 * supervisor needs Redis for nothing else.
 */
export function createTombstoneWriter(options: {
  redisUrl: string
  cluster?: string | undefined
  nodeId: string
  logger: Logger
}) {
  const { redisUrl: url, nodeId, logger } = options
  const keys = clusterKeys(options)
  const underWay = new Set<Promise<void>>()

  async function write(incarnations: readonly string[], reason: string, cause?: CauseOfDeath): Promise<void> {
    const giveUp = AbortSignal.timeout(TRY_FOR_MS)
    while (!giveUp.aborted) {
      try {
        await writeOnce({ incarnations, reason, cause }, giveUp)
        logger.info({ incarnations, reason }, 'tombstone written')
        return
      } catch (error) {
        logger.debug({ error }, 'tombstone not written yet')
        await sleep(TRY_AGAIN_MS)
      }
    }
    logger.warn({ incarnations, reason }, 'writing the tombstone failed')
  }

  async function writeOnce({ incarnations, reason, cause }: Death, signal: AbortSignal): Promise<void> {
    const redis = await connectRedis({ url, role: 'commands', name: `${nodeId}-supervisor`, logger, signal })
    const tombstones = createTombstones({ redis, keys })
    try {
      await Promise.all(incarnations.map((one) => tombstones.write(one, reason)))
      if (cause === undefined) return
      const suspects = await Promise.all(incarnations.map((one) => blameOpenStreams({ redis, keys }, one, cause)))
      const streams = suspects.flatMap((deaths) => [...deaths].map(([stream, count]) => ({ stream, deaths: count })))
      if (streams.length > 0) logger.error({ cause, streams }, 'edge process died with these streams open')
    } finally {
      redis.disconnect()
    }
  }

  return {
    /**
     * Tries for a minute, in the background.
     *
     * @param cause of death, if the process itself caused it: then its open streams are suspected
     */
    write(incarnations: readonly string[], reason: string, cause?: CauseOfDeath): void {
      const writing = write(incarnations, reason, cause).finally(() => underWay.delete(writing))
      underWay.add(writing)
    },

    /** Resolves when nothing is left to write, or after `maxMs`. */
    async settle(maxMs: number): Promise<void> {
      await Promise.race([Promise.all(underWay), sleep(maxMs)])
    },
  }
}
