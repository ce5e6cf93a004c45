import type { Viewer } from '@kptv/testkit'

/** Shorter ones are not listed by the checker; the relay itself sends ten times a second. */
export const LISTED_GAP_MS = 60

/** The longest pause between media packets that ended after `sinceMs`, or has not ended yet. */
export function longestGapMs(viewer: Viewer, sinceMs: number): number {
  const { gaps, lastMediaAtMs } = viewer.report().arrival
  const listed = gaps.filter((gap) => gap.endedAtMs > sinceMs).map((gap) => gap.durationMs)
  return Math.max(0, performance.now() - (lastMediaAtMs ?? sinceMs), ...listed)
}

/** How long after `momentMs` media came again, for a viewer that had none then; 0 when it had. */
export function backAfterMs(viewer: Viewer, momentMs: number): number {
  const { gaps, lastMediaAtMs } = viewer.report().arrival
  const over = gaps.find((gap) => gap.endedAtMs > momentMs && gap.endedAtMs - gap.durationMs <= momentMs)
  if (over !== undefined) return over.endedAtMs - momentMs
  return lastMediaAtMs !== undefined && lastMediaAtMs > momentMs ? 0 : performance.now() - momentMs
}

/** What a flawless stream must not have. */
export function flawsOf(viewer: Viewer): readonly string[] {
  return viewer.report().problems
}
