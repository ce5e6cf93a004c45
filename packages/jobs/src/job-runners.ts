import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { isConnectionTrouble } from './connection-trouble.ts'
import type { JobData, JobName, QueueName } from './job-list.ts'
import type { HandlerTable } from './register-handlers.ts'

type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

type JobRunnersOptions = {
  /** A connection of role `jobs`; each queue gets a blocking copy of it. */
  readonly connection: Redis | Cluster
  /** `keys.jobs`. */
  readonly prefix: string
  readonly handlers: HandlerTable
  /** WORKER_THREADS. Builds always run one at a time. */
  readonly importsAtOnce: number
  readonly logger: Logger
  readonly nowMs?: () => number
}

// A job whose process died is taken up again after at most lock + check: 25 s.
const LOCK_DURATION_MS = 15_000
const STALLED_CHECK_MS = 10_000

/** Each takes seconds to parse; more at once would take turns away from the lists. */
const GUIDES_AT_ONCE = 2

/** One that does not answer must not hold up the others. */
const WEBHOOKS_AT_ONCE = 4

// When its connection is closed soon after a failover of a Redis Cluster, ioredis may never answer
// a blocking read, and BullMQ would wait for it for ever. Once no job runs, only bookkeeping is
// left to wait for.
const MAX_CLOSE_MS = 3000

/** The side of the queues that does the work. */
export function startJobRunners(options: JobRunnersOptions) {
  const { connection, prefix, handlers, importsAtOnce, logger, nowMs = Date.now } = options
  const draining = new AbortController()
  let lastJobAtMs: number | undefined
  const running = new Set<Promise<void>>()

  function startRunner(queue: QueueName, concurrency: number): Worker {
    const worker = new Worker(queue, run, {
      connection,
      prefix,
      concurrency,
      lockDuration: LOCK_DURATION_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 2,
      runRetryDelay: 1000,
    })
    worker.on('error', (error) => {
      const level = isConnectionTrouble(error) ? 'debug' : 'warn'
      logger[level]({ queue, reason: error.message }, 'job queue failed')
    })
    worker.on('stalled', (jobId) => logger.warn({ queue, jobId }, 'job taken up again after its worker was lost'))
    worker.on('failed', (job, error) => {
      const { name, attemptsMade: attempts } = job ?? {}
      const level = draining.signal.aborted ? 'info' : 'warn'
      const { sourceId: source, guideId: guide, webhookId: webhook } = job?.data ?? {}
      logger[level]({ job: name, source, guide, webhook, attempts, reason: error.message }, 'job failed')
    })
    return worker
  }

  async function run(job: Job): Promise<void> {
    lastJobAtMs = nowMs()
    const handle = handlers.get(job.name as JobName)
    if (!handle) throw new UnrecoverableError('no such job')
    const handled = handle(job.data as JobData[JobName], { signal: draining.signal })
    running.add(handled)
    await handled.finally(() => running.delete(handled))
  }

  /** Resolves when no job has been running for `MAX_CLOSE_MS`. */
  async function resting(signal: AbortSignal): Promise<void> {
    do {
      await Promise.allSettled(running)
      await sleep(MAX_CLOSE_MS, undefined, { signal })
    } while (running.size > 0)
  }

  const workers = [
    startRunner('imports', importsAtOnce),
    startRunner('guides', GUIDES_AT_ONCE),
    startRunner('builds', 1),
    startRunner('webhooks', WEBHOOKS_AT_ONCE),
  ]
  return {
    /** When the last job was taken, in ms since 1970: a runner can seem alive and be deaf. */
    lastJobAtMs: (): number | undefined => lastJobAtMs,

    /**
     * Takes no new job, signals running ones to stop, and waits for them. A job that was cut off is
     * taken up elsewhere.
     */
    async [Symbol.asyncDispose](): Promise<void> {
      draining.abort(new Error('worker is draining'))
      const closed = Promise.all(workers.map((worker) => worker.close()))
      const decided = new AbortController()
      await Promise.race([closed, resting(decided.signal)]).finally(() => decided.abort())
    },
  }
}
