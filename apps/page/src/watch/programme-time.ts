import type { GuideProgramme } from '@kptv/contract'

type Times = Pick<GuideProgramme, 'start' | 'stop'>

/** How much of a programme is over, 0 to 1. */
export function progressOf({ start, stop }: Times, nowMs: number): number {
  const [startMs, stopMs] = [Date.parse(start), Date.parse(stop)]
  if (!(stopMs > startMs)) return 0
  return Math.min(1, Math.max(0, (nowMs - startMs) / (stopMs - startMs)))
}

/**
 * The place of a programme in a row of the guide, in parts of its window; what sticks out is cut
 * off.
 */
export function placeOf({ start, stop }: Times, window: { readonly fromMs: number; readonly toMs: number }) {
  const span = window.toMs - window.fromMs
  const left = Math.max(0, (Date.parse(start) - window.fromMs) / span)
  const right = Math.min(1, (Date.parse(stop) - window.fromMs) / span)
  return right <= left ? undefined : { left, width: right - left }
}

/** The half hour in which a moment lies. */
export function halfHourOf(ms: number): number {
  return Math.floor(ms / HALF_HOUR_MS) * HALF_HOUR_MS
}

export const HALF_HOUR_MS = 1_800_000
