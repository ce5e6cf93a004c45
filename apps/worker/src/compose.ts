import { randomUUID } from 'node:crypto'
import { redactRedisUrl, redactUrl } from '@kptv/addresses'
import { createCatalogReader } from '@kptv/catalog'
import { createSourceBook, reportSources, type Settings } from '@kptv/config'
import { createEventLog, createEventWriter } from '@kptv/events'
import { createJobQueues, registerHandlers, startJobRunners } from '@kptv/jobs'
import { createLogger } from '@kptv/logging'
import { clusterKeys, connectRedis } from '@kptv/redis'
import { createAddressPolicy } from '@kptv/upstream'
import { composeLists } from './compose-lists.ts'
import { createListFetcher } from './fetch-list.ts'
import { composeGuides } from './guides/compose-guides.ts'
import { measureLoopDelay } from './loop-delay.ts'
import { scheduleImports } from './schedule-imports.ts'
import { composeWebhooks } from './webhooks/compose-webhooks.ts'
import { startWorkerBeat } from './worker-beat.ts'
import { yieldToPlayback } from './yield-to-playback.ts'

/**
 * Builds the importer and starts it, top to bottom. Waits for Redis, however long it takes.
 *
 * @throws only when `signal` fires before Redis was ready.
 */
export async function composeWorker(settings: Settings, signal: AbortSignal): Promise<AsyncDisposable> {
  const { nodeId, debug, redisUrl: url, importRefreshIntervalMs: everyMs } = settings
  const book = createSourceBook(settings)
  const { current: sources, secrets } = book
  const logger = createLogger({ bindings: { name: 'worker', node: nodeId }, debug, secrets, redactUrl })
  for (const warning of settings.warnings) logger.warn({}, warning)

  const keys = clusterKeys(settings)
  const connect = { url, logger, name: `worker-${nodeId}`, signal }
  const redis = await connectRedis({ ...connect, role: 'commands', commandTimeoutMs: 10_000 })
  const jobConnection = await connectRedis({ ...connect, role: 'jobs' })

  const reader = createCatalogReader({ redis, keys })
  // Without a catalogue there are no viewers, so the first import disturbs none.
  const firstCatalog = reader.onChange(yieldToPlayback)
  const loopDelay = measureLoopDelay()
  const onError = (error: unknown) => logger.warn({ error }, 'job queue failed')
  const jobs = createJobQueues({ connection: jobConnection, prefix: keys.jobs, onError })

  const allowedHosts = () => sources().map((source) => new URL(source.url).hostname)
  const allowAddress = createAddressPolicy({ allowedCidrs: settings.allowPrivate, allowedHosts })
  const fetchList = createListFetcher({ settings, allowAddress })
  const log = createEventLog({ redis, keys })
  const { write: report } = createEventWriter({ log, node: nodeId })
  const holder = `${nodeId}:${randomUUID()}`
  const { lists, importSource, buildCatalog } = composeLists({
    wishes: book.channels,
    settings,
    sources,
    redis,
    keys,
    holder,
    reader,
    jobs,
    fetchList,
    loopDelay,
    report,
    logger,
  })
  const guides = composeGuides({ settings, book, redis, keys, catalog: reader, jobs, allowAddress, report, logger })
  const webhooks = composeWebhooks({ settings, redis, keys, log, jobs, report, holder, logger })
  const runners = startJobRunners({
    connection: jobConnection,
    prefix: keys.jobs,
    importsAtOnce: settings.workerThreads,
    logger,
    handlers: registerHandlers([importSource, buildCatalog, ...guides.handlers, webhooks.handler]),
  })

  const beat = startWorkerBeat({ redis, keys, nodeId, lastJobAtMs: runners.lastJobAtMs })
  const schedule = scheduleImports({ sources, jobs, lists, everyMs, logger, connection: redis })
  const guideSchedule = guides.startSchedule()
  const webhookFeed = webhooks.start()
  const catalogWatch = reader.onChange(() => guideSchedule.check())
  book.onChange(() => {
    reportSources(book, logger)
    schedule.look()
    guideSchedule.check()
  })
  logger.info({ sources: sources().length, redis: redactRedisUrl(url) }, 'worker started')

  return {
    async [Symbol.asyncDispose]() {
      logger.info({}, 'worker draining')
      book[Symbol.dispose]()
      await firstCatalog[Symbol.asyncDispose]()
      await schedule[Symbol.asyncDispose]()
      await catalogWatch[Symbol.asyncDispose]()
      await guideSchedule[Symbol.asyncDispose]()
      await webhookFeed[Symbol.asyncDispose]()
      await runners[Symbol.asyncDispose]()
      await jobs[Symbol.asyncDispose]()
      await beat[Symbol.asyncDispose]()
      redis.disconnect()
      jobConnection.disconnect()
      logger.info({}, 'worker stopped')
    },
  }
}
