/** Time as a parameter. The clock of `@kptv/testkit` fits. */
export type Clock = {
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

/** Calls `run` every `ms`; the function given back ends it. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let cancel: () => void
  const arm = (): void => {
    cancel = clock.after(ms, () => {
      arm()
      run()
    })
  }
  arm()
  return () => cancel()
}
