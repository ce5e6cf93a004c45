import pLimit from 'p-limit'

/** Too many tasks are waiting: try again later. */
export class QueueFullError extends Error {
  readonly code = 'QUEUE_FULL'
}

export type BoundedQueue = {
  /**
   * Runs the task when its turn has come.
   *
   * @param signal frees the place at once, and keeps a task that has not begun from running
   * @throws QueueFullError when too many wait already; the signal's reason when it aborts first
   */
  run<Value>(task: () => Promise<Value>, signal?: AbortSignal): Promise<Value>
}

/** Runs few tasks at a time and lets few wait; it refuses the rest at once. */
export function createBoundedQueue(options: {
  readonly concurrency: number
  /** Running ones included. */
  readonly maxPending: number
}): BoundedQueue {
  const limit = pLimit(options.concurrency)
  let pending = 0
  return {
    async run(task, signal) {
      signal?.throwIfAborted()
      if (pending >= options.maxPending) throw new QueueFullError('too many tasks are waiting')
      pending += 1
      const run = limit(() => {
        signal?.throwIfAborted()
        return task()
      })
      try {
        return await (signal === undefined ? run : Promise.race([run, rejectedBy(signal)]))
      } finally {
        pending -= 1
      }
    },
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
