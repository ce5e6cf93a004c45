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
  /**
   * Moves time on in small steps until `condition` holds, and returns what it gave.
   *
   * @throws Error with `what` if it does not hold within a minute
   */
  until<Value>(what: string, condition: () => Value): Promise<NonNullable<Value>>
  /** How many timers wait. */
  pending(): number
}

const STEP_MS = 20
const MAX_UNTIL_MS = 60_000

type Timer = { readonly atMs: number; readonly order: number; readonly action: () => void }

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
  const advance = async (ms: number) => {
    const untilMs = nowMs + ms
    await settlePromises()
    for (let due = takeDue(untilMs); due !== undefined; due = takeDue(untilMs)) {
      nowMs = due.atMs
      due.action()
      await settlePromises()
    }
    nowMs = untilMs
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
    advance,
    until: async (what, condition) => {
      for (let passedMs = 0; passedMs <= MAX_UNTIL_MS; passedMs += STEP_MS) {
        const value = condition()
        if (value) return value
        await advance(STEP_MS)
      }
      throw new Error(`${what}: not within ${MAX_UNTIL_MS / 1_000} s of this clock`)
    },
    pending: () => timers.length,
  }
}

/** A turn of the event loop runs every promise reaction there is, however long the chain. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
