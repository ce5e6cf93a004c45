import type { HlsProviderOptions } from './hls-options.ts'

/** The segments that are there at the start. */
const HEAD_START = 10

/**
 * The number of the newest segment of a live programme: it grows with time, and waits for its
 * reader with `maxAhead`.
 */
export function createLiveEdge(
  { segmentMs, maxAhead = Number.POSITIVE_INFINITY }: Pick<HlsProviderOptions, 'segmentMs' | 'maxAhead'>,
  monotonicMs = () => performance.now(),
) {
  let newest = HEAD_START
  let sinceMs = monotonicMs()
  let newestRequested = HEAD_START

  const advance = (): number => {
    const nowMs = monotonicMs()
    const made = Math.floor((nowMs - sinceMs) / segmentMs)
    if (newest + made > newestRequested + maxAhead) {
      // The programme stood still, so nothing is made up.
      newest = Math.max(newest, newestRequested + maxAhead)
      sinceMs = nowMs
    } else {
      newest += made
      sinceMs += made * segmentMs
    }
    return newest
  }

  return {
    requested(number: number): void {
      newestRequested = Math.max(newestRequested, number)
    },
    newest: advance,
    /** How long the newest segment has been there. */
    newestForMs(): number {
      advance()
      return monotonicMs() - sinceMs
    },
  }
}
