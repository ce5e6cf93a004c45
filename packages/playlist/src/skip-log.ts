import type { Skipped, SkipReason } from './model.ts'

export type SkipLog = {
  readonly total: number
  readonly byReason: Readonly<Partial<Record<SkipReason, number>>>
  /** The first ones, at least some of each reason. */
  readonly first: readonly Skipped[]
}

/** Items remembered of each reason, however many of another came before. */
const REMEMBERED_OF_EACH = 3

/**
 * Counts all skipped items and remembers the first few, so that a bad list of any size costs the
 * same.
 *
 * @param onSkipped gets each of them
 */
export function createSkipLog(
  remembered: number,
  onSkipped: (skipped: Skipped) => void = () => undefined,
): SkipLog & { readonly add: (reason: SkipReason, line: number) => void } {
  const byReason: Partial<Record<SkipReason, number>> = {}
  const first: Skipped[] = []
  let total = 0
  return {
    add(reason, line) {
      total++
      const count = (byReason[reason] ?? 0) + 1
      byReason[reason] = count
      if (first.length < remembered || count <= REMEMBERED_OF_EACH) first.push({ reason, line })
      onSkipped({ reason, line })
    },
    get total() {
      return total
    },
    byReason,
    first,
  }
}
