import { type JobData, type JobName, queueOfJob } from './job-list.ts'

type JobContext = {
  /** Fires when the process drains: stop soon and throw. */
  readonly signal: AbortSignal
}

export type JobHandler<Name extends JobName = JobName> = {
  readonly name: Name
  /**
   * Safe to run twice, and at the same time. An error means: try again later. Its message is kept
   * in Redis.
   */
  readonly handle: (data: JobData[Name], context: JobContext) => Promise<void>
}

export type HandlerTable = ReadonlyMap<JobName, JobHandler['handle']>

/**
 * The handlers by job name.
 *
 * @throws when a job of the closed list has no handler, or two: at start, not when the job arrives
 */
export function registerHandlers(
  handlers: ReadonlyArray<{ [Name in JobName]: JobHandler<Name> }[JobName]>,
): HandlerTable {
  const table = new Map<JobName, JobHandler['handle']>()
  for (const { name, handle } of handlers) {
    if (table.has(name)) throw new Error(`job ${name} has two handlers`)
    table.set(name, handle as JobHandler['handle'])
  }
  const missing = Object.keys(queueOfJob).filter((name) => !table.has(name as JobName))
  if (missing.length > 0) throw new Error(`no handler for job ${missing.join(', ')}`)
  return table
}
