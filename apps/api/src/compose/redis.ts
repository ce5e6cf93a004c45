import {
  createAppNumbers,
  createCatalogReader,
  createGuideLists,
  createGuideStore,
  createSourceLists,
  createTunerNumbers,
  createTunerSeed,
} from '@kptv/catalog'
import { createEventLog } from '@kptv/events'
import { clusterKeys, connectRedis } from '@kptv/redis'
import type { EdgeParts } from './edge-parts.ts'
import { createJobRequests } from './job-requests.ts'

export type Store = Awaited<ReturnType<typeof connectStore>>

/** The connections to Redis, and the readers of its data. Waits until Redis answers. */
export async function connectStore({ settings, timing, logger }: EdgeParts, leaving: AsyncDisposableStack) {
  const { nodeId, redisUrl: url } = settings
  const keys = clusterKeys(settings)

  const redis = await connectRedis({ url, role: 'commands', logger, name: nodeId })
  const leases = await connectRedis({
    url,
    role: 'commands',
    logger,
    name: `${nodeId}-leases`,
    commandTimeoutMs: timing.commandMs,
  })
  const subscriber = await connectRedis({ url, role: 'subscriber', logger, name: nodeId })
  for (const connection of [redis, leases, subscriber]) leaving.defer(() => connection.disconnect())

  const onError = (error: unknown): void => logger.warn({ error }, 'job queue failed')
  return {
    keys,
    redis,
    /** Short timeouts, no queue, no retries. */
    leases,
    subscriber,
    numbers: createAppNumbers({ redis, keys }),
    tunerNumbers: createTunerNumbers({ redis, keys }),
    deviceSeed: createTunerSeed({ redis, keys }),
    catalog: createCatalogReader({ redis, subscriber, keys }),
    log: createEventLog({ redis, keys }),
    guide: createGuideStore({ redis, subscriber, keys }),
    guideLists: createGuideLists({ redis, keys }),
    lists: createSourceLists({ redis, keys }),
    queues: leaving.use(createJobRequests({ connection: redis, prefix: keys.jobs, onError })),
  }
}
