const MAX_MS = 60_000

/**
 * The pause before a round of attempts: the base, doubled for every round after the second, ±20 %
 * so that channels which failed together do not come back together. Milliseconds, at most one
 * minute (plus jitter).
 *
 * @param round number of the round about to start; the first round starts at once, so this is 2 or
 * more
 * @param baseMs setting RETRY_DELAY
 * @param random a number in [0, 1)
 */
export function backoffMs(round: number, baseMs: number, random: number): number {
  const doubled = baseMs * 2 ** Math.max(0, round - 2)
  return Math.round(Math.min(doubled, MAX_MS) * (0.8 + 0.4 * random))
}
