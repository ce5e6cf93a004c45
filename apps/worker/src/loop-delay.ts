import { monitorEventLoopDelay } from 'node:perf_hooks'

export type LoopDelay = {
  /** Forgets what was measured. */
  restart(): void
  /**
   * 99th percentile of timer delay since then: how long one step of work keeps other work waiting.
   */
  p99Ms(): number
}

const RESOLUTION_MS = 10

/** Measures the event loop of this process. */
export function measureLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return {
    restart: () => histogram.reset(),
    // A timer of 10 ms that is on time counts as 10.
    p99Ms: () => Math.max(0, Math.round(histogram.percentile(99) / 1e6 - RESOLUTION_MS)),
  }
}
