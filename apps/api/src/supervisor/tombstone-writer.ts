import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@kptv/logging'
import type { CauseOfDeath } from './cause-of-death.ts'
import type { ClusterAddress, Death } from './write-tombstones.ts'

/** After that, leases and quarantine have expired, and the proof is no longer needed. */
const TRY_FOR_MS = 60_000
const TRY_AGAIN_MS = 250

export type TombstoneWriter = ReturnType<typeof createTombstoneWriter>

/**
 * Records in the cluster that a process is gone. The supervisor needs Redis for nothing else, so
 * its client, which takes twice the memory of the supervisor, is loaded when the first one dies.
 */
export function createTombstoneWriter({ logger, ...address }: ClusterAddress & { readonly logger: Logger }) {
  const underWay = new Set<Promise<void>>()

  async function write(death: Death): Promise<void> {
    const { incarnations, reason } = death
    const signal = AbortSignal.timeout(TRY_FOR_MS)
    while (!signal.aborted) {
      try {
        const { writeTombstones } = await import('./write-tombstones.ts')
        await writeTombstones(death, address, { logger, signal })
        logger.info({ incarnations, reason }, 'tombstone written')
        return
      } catch (error) {
        logger.debug({ error }, 'tombstone not written yet')
        await sleep(TRY_AGAIN_MS)
      }
    }
    logger.warn({ incarnations, reason }, 'writing the tombstone failed')
  }

  return {
    /**
     * Tries for a minute, in the background.
     *
     * @param cause of death, if the process itself caused it: then its open streams are suspected
     */
    write(incarnations: readonly string[], reason: string, cause?: CauseOfDeath): void {
      const writing = write({ incarnations, reason, cause }).finally(() => underWay.delete(writing))
      underWay.add(writing)
    },

    /** Resolves when nothing is left to write, or after `maxMs`. */
    async settle(maxMs: number): Promise<void> {
      await Promise.race([Promise.all(underWay), sleep(maxMs)])
    },
  }
}
