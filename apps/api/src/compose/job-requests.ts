import type { createJobQueues, JobQueues } from '@kptv/jobs'

type Options = Parameters<typeof createJobQueues>[0]
type JobRequests = Pick<JobQueues, 'requestRefresh' | 'requestBuild'> & AsyncDisposable

/**
 * What people order from the workers. BullMQ would be a seventh of the memory of an edge, so it is
 * loaded at the first order. Requests throw while Redis is away.
 */
export function createJobRequests(options: Options): JobRequests {
  let queues: JobQueues | undefined

  async function open(): Promise<JobQueues> {
    const { createJobQueues } = await import('@kptv/jobs')
    // Queues that begin while Redis is away would wait for it.
    await options.connection.ping()
    queues ??= createJobQueues(options)
    return queues
  }

  async function close(): Promise<void> {
    const opened = queues
    queues = undefined
    await opened?.[Symbol.asyncDispose]()
  }

  async function request(work: (queues: JobQueues) => Promise<void>): Promise<void> {
    const opened = await open()
    try {
      await work(opened)
    } catch (error) {
      void close().catch(options.onError)
      throw error
    }
  }

  return {
    requestRefresh: (sourceIds) => request((jobs) => jobs.requestRefresh(sourceIds)),
    requestBuild: () => request((jobs) => jobs.requestBuild()),
    [Symbol.asyncDispose]: close,
  }
}
