import type { CatalogReader } from '@kptv/catalog'
import type { Redis } from '@kptv/redis'
import type { Readiness } from './http/routes/health.ts'

/** Whether a balancer may send viewers here: Redis answers, there is a catalogue, and the node is not about to stop. */
export function createReadiness(redis: Redis, catalog: Pick<CatalogReader, 'currentGeneration'>) {
  return {
    draining: false,

    async check(): Promise<Readiness> {
      const answers = redis.status === 'ready'
      try {
        const generation = answers ? await catalog.currentGeneration() : undefined
        return { redis: answers, catalog: generation !== undefined, draining: this.draining }
      } catch {
        return { redis: false, catalog: false, draining: this.draining }
      }
    },
  }
}
