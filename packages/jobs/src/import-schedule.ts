import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from 'bullmq'

/** A scheduler whose next run is overdue by this much has lost its chain and is recreated. */
const OVERDUE_MS = 120_000
const MAX_WAKE_CHECKS = 10
const WAKE_PAUSE_MS = 100

export const KEEP_FINISHED = {
  removeOnComplete: { count: 50, age: 86_400 },
  removeOnFail: { count: 50, age: 86_400 },
  stackTraceLimit: 0,
  keepLogs: 0,
}
const IMPORT_OPTIONS = { ...KEEP_FINISHED, attempts: 3, backoff: { type: 'exponential', delay: 15_000, jitter: 0.5 } }

/**
 * Imports of one kind, each of an item with an id: one schedule in Redis for each, and requests in
 * between.
 */
export function createImportSchedule<Data extends object>(options: {
  readonly queue: Queue<Data>
  readonly jobName: string
  /** Prefix of the ids in the names of schedules. */
  readonly prefix: string
  readonly dataOf: (id: string) => Data
  readonly nowMs: () => number
}) {
  const { jobName, prefix, dataOf, nowMs } = options
  const queue = options.queue as Queue
  let isClosed = false

  /**
   * Makes sure that it is imported at this interval, the first time one interval from now. Safe to
   * call again and again: a correct schedule stays untouched; one that is missing, has another
   * interval or has stopped is recreated.
   */
  async function schedule(id: string, everyMs: number): Promise<void> {
    const name = prefix + id
    const present = await queue.getJobScheduler(name)
    if (present?.every === everyMs && (present.next ?? 0) > nowMs() - OVERDUE_MS) return
    if (present) await queue.removeJobScheduler(name)
    const template = { name: jobName, data: dataOf(id), opts: IMPORT_OPTIONS }
    await queue.upsertJobScheduler(name, { every: everyMs, startDate: nowMs() + everyMs }, template)
  }

  /** Ids that have a schedule. */
  async function scheduled(): Promise<string[]> {
    const schedulers = await queue.getJobSchedulers(0, -1)
    return schedulers.flatMap(({ key }) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []))
  }

  async function unschedule(id: string): Promise<void> {
    await queue.removeJobScheduler(prefix + id)
  }

  /**
   * Imports these now, including those that wait for another try after a failure. A request for an
   * import that is already queued changes nothing; a running import runs once more afterwards.
   */
  async function request(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const name = prefix + id
      const earlier = await queue.getDeduplicationJobId(name)
      await queue.add(jobName, dataOf(id), {
        ...IMPORT_OPTIONS,
        deduplication: { id: name, keepLastIfActive: true },
      })
      if (earlier !== null) void wake(earlier).catch(() => undefined)
    }
  }

  /**
   * An import that rests after a failure would keep people waiting; an import that is just failing
   * starts its rest a moment later.
   */
  async function wake(jobId: string): Promise<void> {
    for (let check = 0; check < MAX_WAKE_CHECKS && !isClosed; check += 1) {
      const job = await queue.getJob(jobId)
      const state = await job?.getState()
      if (state === 'delayed') return job?.promote()
      if (state !== 'active') return
      await sleep(WAKE_PAUSE_MS)
    }
  }

  return {
    schedule,
    scheduled,
    unschedule,
    request,
    close: () => {
      isClosed = true
    },
  }
}
