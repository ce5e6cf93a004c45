import type { Skipped, SkipReason } from './model.ts'

export type SkipLog = {
  readonly total: number
  readonly byReason: Readonly<Partial<Record<SkipReason, number>>>
  readonly first: readonly Skipped[]
}

/** Counts all that was skipped and remembers the first few, so that a bad list of any size costs the same. */
export function createSkipLog(remembered: number): SkipLog & { add(reason: SkipReason, line: number): void } {
  const byReason: Partial<Record<SkipReason, number>> = {}
  const first: Skipped[] = []
  let total = 0
  return {
    add(reason, line) {
      total++
      byReason[reason] = (byReason[reason] ?? 0) + 1
      if (first.length < remembered) first.push({ reason, line })
    },
    get total() {
      return total
    },
    byReason,
    first,
  }
}
