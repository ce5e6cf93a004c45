import type { CatalogReader } from '@kptv/catalog'
import type { Redis } from '@kptv/redis'

export type ReadinessParts = {
  readonly redis: Redis
  readonly catalog: Pick<CatalogReader, 'currentGeneration'>
  /** A node that starts with a new Redis gets no slot for some seconds; only its start waits for that. */
  readonly isWarm: () => boolean
}

export type Readiness = {
  readonly redis: boolean
  /** The last thing that Redis did was to refuse a connection: then it does so to everybody. */
  readonly redisRefuses: boolean
  readonly catalog: boolean
  readonly warm: boolean
  readonly draining: boolean
}

/** Whether a balancer may send viewers here: Redis answers, there is a catalogue, slots can be taken, no stop is near. */
export function createReadiness({ redis, catalog, isWarm }: ReadinessParts) {
  let draining = false
  let hasBeenWarm = false
  let redisRefuses = false
  redis.on('error', (error: Error & { code?: string }) => {
    redisRefuses = error.code === 'ECONNREFUSED'
  })
  redis.on('ready', () => {
    redisRefuses = false
  })
  return {
    get isDraining(): boolean {
      return draining
    },

    /** From now on the answer is no. */
    drain(): void {
      draining = true
    },

    async check(): Promise<Readiness> {
      const answers = redis.status === 'ready'
      hasBeenWarm ||= isWarm()
      try {
        const generation = answers ? await catalog.currentGeneration() : undefined
        return { redis: answers, redisRefuses, catalog: generation !== undefined, warm: hasBeenWarm, draining }
      } catch {
        return { redis: false, redisRefuses, catalog: false, warm: hasBeenWarm, draining }
      }
    },
  }
}
