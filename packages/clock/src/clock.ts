/** Time as a parameter. The clock of `@kptv/testkit` fits. */
export type Clock = {
  /** Milliseconds since any moment; never goes back. */
  monotonicMs(): number
  /** Calls `run` after `ms`; the function given back cancels it. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end)
  })
}

/** Calls `run` every `ms`; the function given back ends it. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  return repeat(clock, () => ms, run)
}

/**
 * Like {@link every}, but all that have the same interval are called at the same moments: the
 * process wakes once for all of them. The first call comes up to half an interval sooner or later.
 */
export function inStep(clock: Clock, ms: number, run: () => void): () => void {
  const toNextMs = (): number => {
    const restMs = ms - (clock.monotonicMs() % ms)
    // A timer may fire a little early: that moment is not called twice.
    return restMs < ms / 2 ? restMs + ms : restMs
  }
  return repeat(clock, toNextMs, run)
}

function repeat(clock: Clock, nextInMs: () => number, run: () => void): () => void {
  let cancel: () => void
  const arm = (): void => {
    cancel = clock.after(nextInMs(), () => {
      arm()
      run()
    })
  }
  arm()
  return () => cancel()
}
