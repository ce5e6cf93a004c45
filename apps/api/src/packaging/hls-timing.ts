export type HlsTiming = {
  /** HLS_SEGMENT: a segment ends at the first key frame after it. */
  readonly segmentMs: number
  /** A player that sends no request for this long has left: three targets. */
  readonly leaseMs: number
}

export function hlsTiming(segmentMs: number): HlsTiming {
  return { segmentMs, leaseMs: 3 * 1_000 * Math.ceil((segmentMs * 1.5) / 1_000) }
}

/** How much longer than a player the list of segments stays in Redis. */
export const LIST_GRACE_MS = 15_000
