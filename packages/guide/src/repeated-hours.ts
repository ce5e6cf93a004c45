import type { ReadProgramme } from './model.ts'

/**
 * Decides which programmes with local times are in the second pass of the hour that comes twice,
 * where clocks are set back: programmes follow one another, so a start belongs where the programme
 * before it ends. Without this, those of one pass would take the place of the other's.
 *
 * @param programmes One channel's of one guide, as they are written.
 * @returns the same programmes in the same order, without `again`
 */
export function settleRepeatedHours(programmes: readonly ReadProgramme[]): readonly ReadProgramme[] {
  if (!programmes.some(({ again }) => again !== undefined)) return programmes
  if (isBackwards(programmes)) return settleForwards(programmes.toReversed()).toReversed()
  return settleForwards(programmes)
}

function settleForwards(programmes: readonly ReadProgramme[]): readonly ReadProgramme[] {
  const settled: ReadProgramme[] = []
  for (const [index, programme] of programmes.entries()) {
    const { again, ...first } = programme
    const [before, beforeSettled] = [programmes[index - 1], settled.at(-1)]
    const isSecond =
      again !== undefined &&
      before !== undefined &&
      beforeSettled !== undefined &&
      (isSame(programme, before)
        ? beforeSettled.startMs === again.startMs
        : followsBetter(again.startMs, first.startMs, beforeSettled))
    settled.push(isSecond ? { ...first, ...again } : first)
  }
  return settled
}

/** Whether a programme that starts at `later` is rather next to the one before it. */
function followsBetter(later: number, earlier: number, { startMs, stopMs }: ReadProgramme): boolean {
  // What is before it here is after it in time: nothing follows from that.
  if (startMs > later) return false
  // Of two that start together, one would be lost.
  if (stopMs === undefined || earlier <= startMs) return earlier <= startMs
  return Math.abs(later - stopMs) <= Math.abs(earlier - stopMs)
}

/** Some guides write a programme twice. */
function isSame(one: ReadProgramme, other: ReadProgramme): boolean {
  return one.startMs === other.startMs && one.stopMs === other.stopMs && one.body === other.body
}

/** Whether the last programme is written first. */
function isBackwards(programmes: readonly ReadProgramme[]): boolean {
  let balance = 0
  for (const [index, { startMs, again = { startMs } }] of programmes.entries()) {
    const before = programmes[index - 1]?.startMs ?? startMs
    if (before < startMs) balance += 1
    else if (before > again.startMs) balance -= 1
  }
  return balance < 0
}
