export type ManualClock = {
  monotonicMs(): number
  /**
   * Calls `action` when the clock has been moved on by `ms`; the function given back cancels it.
   */
  after(ms: number, action: () => void): () => void
  /**
   * Resolves when the clock has been moved on by `ms`; rejects with the signal's reason when it
   * fires.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Moves time on. Everything due happens in the order of its time, each at its own time, with all
   * promises that hang on it settled before the next; what is scheduled meanwhile and due happens
   * too.
   */
  advance(ms: number): Promise<void>
  /** How many timers wait. */
  pending(): number
}

type Timer = { atMs: number; order: number; action: () => void }

/** Time that moves only on command. */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs
  let order = 0
  let timers: Timer[] = []

  const after = (ms: number, action: () => void) => {
    const timer = { atMs: nowMs + Math.max(0, ms), order: order++, action }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }
  const takeDue = (untilMs: number): Timer | undefined => {
    const [due] = timers
      .filter((timer) => timer.atMs <= untilMs)
      .sort((one, other) => one.atMs - other.atMs || one.order - other.order)
    timers = timers.filter((timer) => timer !== due)
    return due
  }
  return {
    monotonicMs: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          cancel()
          reject(signal?.reason)
        }
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    advance: async (ms) => {
      const untilMs = nowMs + ms
      await settlePromises()
      for (let due = takeDue(untilMs); due !== undefined; due = takeDue(untilMs)) {
        nowMs = due.atMs
        due.action()
        await settlePromises()
      }
      nowMs = untilMs
    },
    pending: () => timers.length,
  }
}

/** A turn of the event loop runs every promise reaction there is, however long the chain. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
