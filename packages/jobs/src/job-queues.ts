import { Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { isConnectionTrouble } from './connection-trouble.ts'
import { createImportSchedule, KEEP_FINISHED } from './import-schedule.ts'
import type { BuildCatalogData, ImportGuideData, ImportSourceData, SendWebhookData } from './job-list.ts'

type JobQueuesOptions = {
  /**
   * Role `jobs` in the worker; role `commands` where a request must fail fast instead of waiting
   * for Redis.
   */
  readonly connection: Redis | Cluster
  /** `keys.jobs`. */
  readonly prefix: string
  /** Called for errors that BullMQ meets in the background, unless Redis is merely away. */
  readonly onError: (error: unknown) => void
  readonly nowMs?: () => number
  /** Before a webhook is sent again; doubled each time. */
  readonly webhookRetryMs?: number
}

export type JobQueues = ReturnType<typeof createJobQueues>

type WebhookRequest = {
  readonly delayMs: number
  readonly id: string
  readonly news: string | undefined
  readonly newsMs: number
}

const BUILD_OPTIONS = { ...KEEP_FINISHED, attempts: 5, backoff: { type: 'exponential', delay: 2000, jitter: 0.5 } }

/**
 * The side of the queues that requests work. Without Redis the functions throw, or wait, depending
 * on the connection's role.
 */
export function createJobQueues(options: JobQueuesOptions) {
  const { connection, prefix, onError, nowMs = Date.now, webhookRetryMs = 15_000 } = options
  const queueOptions = { connection, prefix, streams: { events: { maxLen: 100 } } }
  const imports = new Queue<ImportSourceData>('imports', queueOptions)
  const builds = new Queue<BuildCatalogData>('builds', queueOptions)
  const guides = new Queue<ImportGuideData>('guides', queueOptions)
  const webhooks = new Queue<SendWebhookData>('webhooks', queueOptions)
  for (const queue of [imports, guides, builds, webhooks]) {
    queue.on('error', (error) => isConnectionTrouble(error) || onError(error))
  }

  const sources = createImportSchedule({
    queue: imports,
    jobName: 'import-source',
    prefix: 'import:',
    dataOf: (sourceId) => ({ sourceId }),
    nowMs,
  })
  const guideImports = createImportSchedule({
    queue: guides,
    jobName: 'import-guide',
    prefix: 'guide:',
    dataOf: (guideId) => ({ guideId }),
    nowMs,
  })

  /** Builds the next generation soon; requested during a build, once more after it. */
  async function requestBuild(): Promise<void> {
    await builds.add('build-catalog', {}, { ...BUILD_OPTIONS, deduplication: { id: 'build', keepLastIfActive: true } })
  }

  /** Merges the guides soon; requested during a build, once more after it. */
  async function requestGuideBuild(): Promise<void> {
    const deduplication = { id: 'build-guide', keepLastIfActive: true }
    await builds.add('build-guide', {}, { ...BUILD_OPTIONS, deduplication })
  }

  /**
   * Sends it once `delayMs` has passed, and again for about two hours while it cannot be delivered.
   *
   * @param once.id a second request with this id changes nothing
   * @param once.news another event with this text is no news for `newsMs`
   */
  async function requestWebhook(data: SendWebhookData, { delayMs, id, news, newsMs }: WebhookRequest): Promise<void> {
    await webhooks.add('send-webhook', data, {
      ...KEEP_FINISHED,
      attempts: 10,
      backoff: { type: 'exponential', delay: webhookRetryMs, jitter: 0.5 },
      jobId: id,
      delay: delayMs,
      ...(news !== undefined && { deduplication: { id: news, ttl: newsMs } }),
    })
  }

  return {
    scheduleImport: ({ sourceId, everyMs }: { readonly sourceId: string; readonly everyMs: number }) =>
      sources.schedule(sourceId, everyMs),
    scheduledSources: sources.scheduled,
    unscheduleImport: sources.unschedule,
    requestRefresh: sources.request,
    requestBuild,
    /** The same for programme guides, by their ids. */
    guides: guideImports,
    requestGuideBuild,
    requestWebhook,
    async [Symbol.asyncDispose](): Promise<void> {
      sources.close()
      guideImports.close()
      await Promise.all([imports, guides, builds, webhooks].map((queue) => queue.close()))
    },
  }
}
