// Imports notice the order within one pack. A job that hangs longer (Redis is away) is cut off:
// jobs are safe to repeat.
const MAX_DRAIN_MS = 10_000

/**
 * Turns SIGTERM, SIGINT and the end of the parent process into an order to stop. A second signal
 * ends the process at once.
 */
export function drainOnSignal() {
  const order = new AbortController()
  const { promise: ordered, resolve } = Promise.withResolvers<void>()
  const stop = () => {
    if (order.signal.aborted) process.exit(1)
    order.abort(new Error('ordered to stop'))
    resolve()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // Started with a channel to a parent: without that parent nothing would stop us.
  const leaveWithParent = () => order.signal.aborted || stop()
  process.once('disconnect', leaveWithParent)
  // It may be gone already; without a channel this is undefined.
  if (process.connected === false) leaveWithParent()

  return {
    /** Fires with the order. */
    signal: order.signal,
    /** Resolves with the order. */
    ordered,

    /**
     * Closes the worker and exits 0: the next worker repeats jobs that could not finish in time.
     */
    async drain(worker: AsyncDisposable): Promise<never> {
      setTimeout(() => process.exit(0), MAX_DRAIN_MS).unref()
      await worker[Symbol.asyncDispose]()
      process.exit(0)
    },
  }
}
