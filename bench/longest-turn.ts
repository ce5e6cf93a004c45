/**
 * How long one turn of the event loop lasts at most while something runs, in CPU time of this
 * thread: a busy machine does not count.
 */
export async function longestTurnMs(run: () => Promise<void>): Promise<number> {
  let longestMicros = 0
  let isOver = false
  let last = process.threadCpuUsage()
  const check = (): void => {
    const now = process.threadCpuUsage()
    longestMicros = Math.max(longestMicros, now.user + now.system - last.user - last.system)
    last = now
    if (!isOver) setImmediate(check)
  }
  await new Promise((resolve) => setImmediate(resolve))
  last = process.threadCpuUsage()
  setImmediate(check)
  try {
    await run()
  } finally {
    isOver = true
  }
  return longestMicros / 1000
}
