import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { isConnectionTrouble } from './connection-trouble.ts'
import type { BuildCatalogData, ImportSourceData } from './job-list.ts'

type JobQueuesOptions = {
  /** Role `jobs` in the worker; role `commands` where a request must fail fast instead of waiting for Redis. */
  connection: Redis | Cluster
  /** `keys.jobs`. */
  prefix: string
  /** Told of errors that BullMQ meets in the background, other than that Redis is away. */
  onError: (error: unknown) => void
  nowMs?: () => number
}

export type JobQueues = ReturnType<typeof createJobQueues>

const SCHEDULER_PREFIX = 'import:'
// A scheduler whose next run is so long overdue has lost its chain and is made anew.
const OVERDUE_MS = 120_000

const WAKE_LOOKS = 10
const WAKE_PAUSE_MS = 100

const KEEP_FINISHED = {
  removeOnComplete: { count: 50, age: 86_400 },
  removeOnFail: { count: 50, age: 86_400 },
  stackTraceLimit: 0,
  keepLogs: 0,
}
const IMPORT_OPTIONS = { ...KEEP_FINISHED, attempts: 3, backoff: { type: 'exponential', delay: 15_000, jitter: 0.5 } }
const BUILD_OPTIONS = { ...KEEP_FINISHED, attempts: 5, backoff: { type: 'exponential', delay: 2000, jitter: 0.5 } }

/** The side of the queues that asks for work. Functions throw (or wait, by the connection's role) without Redis. */
export function createJobQueues({ connection, prefix, onError, nowMs = Date.now }: JobQueuesOptions) {
  const queueOptions = { connection, prefix, streams: { events: { maxLen: 100 } } }
  let isClosed = false
  const imports = new Queue<ImportSourceData>('imports', queueOptions)
  const builds = new Queue<BuildCatalogData>('builds', queueOptions)
  for (const queue of [imports, builds]) {
    queue.on('error', (error) => isConnectionTrouble(error) || onError(error))
  }

  /**
   * Makes sure that the source is imported every so often, beginning one interval from now. Safe to call again and
   * again: what is right stays untouched; what is missing, has another interval or has stopped is made anew.
   */
  async function scheduleImport({ sourceId, everyMs }: { sourceId: string; everyMs: number }): Promise<void> {
    const id = SCHEDULER_PREFIX + sourceId
    const present = await imports.getJobScheduler(id)
    if (present?.every === everyMs && (present.next ?? 0) > nowMs() - OVERDUE_MS) return
    if (present) await imports.removeJobScheduler(id)
    const template = { name: 'import-source', data: { sourceId }, opts: IMPORT_OPTIONS }
    await imports.upsertJobScheduler(id, { every: everyMs, startDate: nowMs() + everyMs }, template)
  }

  /** Ids of the sources that have a schedule. */
  async function scheduledSources(): Promise<string[]> {
    const schedulers = await imports.getJobSchedulers(0, -1)
    return schedulers.flatMap(({ key }) =>
      key.startsWith(SCHEDULER_PREFIX) ? [key.slice(SCHEDULER_PREFIX.length)] : [],
    )
  }

  async function unscheduleImport(sourceId: string): Promise<void> {
    await imports.removeJobScheduler(SCHEDULER_PREFIX + sourceId)
  }

  /**
   * Imports these sources now, also those that wait for another try after a failure. A request for a source that is
   * queued already changes nothing; one for a source that is being imported runs once more after it.
   */
  async function requestRefresh(sourceIds: readonly string[]): Promise<void> {
    for (const sourceId of sourceIds) {
      const id = SCHEDULER_PREFIX + sourceId
      const earlier = await imports.getDeduplicationJobId(id)
      await imports.add(
        'import-source',
        { sourceId },
        { ...IMPORT_OPTIONS, deduplication: { id, keepLastIfActive: true } },
      )
      if (earlier !== null) void wake(earlier).catch(() => undefined)
    }
  }

  /** An import that rests after a failure would keep people waiting; one that is just failing goes to rest a moment later. */
  async function wake(jobId: string): Promise<void> {
    for (let look = 0; look < WAKE_LOOKS && !isClosed; look += 1) {
      const job = await imports.getJob(jobId)
      const state = await job?.getState()
      if (state === 'delayed') return job?.promote()
      if (state !== 'active') return
      await sleep(WAKE_PAUSE_MS)
    }
  }

  /** Builds the next generation soon; asked during a build, once more after it. */
  async function requestBuild(): Promise<void> {
    await builds.add('build-catalog', {}, { ...BUILD_OPTIONS, deduplication: { id: 'build', keepLastIfActive: true } })
  }

  return {
    scheduleImport,
    scheduledSources,
    unscheduleImport,
    requestRefresh,
    requestBuild,
    async [Symbol.asyncDispose](): Promise<void> {
      isClosed = true
      await Promise.all([imports.close(), builds.close()])
    },
  }
}
