import type { Programme, ReadProgramme } from './model.ts'
import { settleRepeatedHours } from './repeated-hours.ts'

/**
 * The time for which programmes are kept: those that end after `fromMs` and begin before `toMs`.
 */
export type GuideWindow = { readonly fromMs: number; readonly toMs: number }

/** How long a programme lasts at most when neither its stop nor a next one is known. */
const MAX_OPEN_MS = 3 * 60 * 60_000
/** Some guides announce a day without data as one programme; longer ones are mistakes. */
const MAX_LENGTH_MS = 48 * 60 * 60_000
/** What is left of a programme between two others is worth showing from here on. */
const MIN_GAP_MS = 60_000

/**
 * One channel's programmes from several guides: the first guide wins, later ones only fill gaps.
 * The result is sorted, without overlaps and duplicates.
 *
 * @param guides Programmes of the channel in each guide, most preferred guide first, in any order
 *   within a guide, except that the order decides about hours that come twice.
 */
export function mergeProgrammes(guides: ReadonlyArray<readonly ReadProgramme[]>, window: GuideWindow): Programme[] {
  let merged: Programme[] = []
  for (const programmes of guides) merged = fillGaps(merged, straighten(programmes, window))
  return merged
}

/**
 * One guide's programmes in order: a missing stop is the next start, and an overlap is cut where
 * the next one starts.
 */
function straighten(programmes: readonly ReadProgramme[], { fromMs, toMs }: GuideWindow): Programme[] {
  const sorted = settleRepeatedHours(programmes).toSorted((first, second) => first.startMs - second.startMs)
  // Of programmes that start together the last one counts: updates are written behind what they
  // replace.
  const starts = sorted.filter(({ startMs }, index) => sorted[index + 1]?.startMs !== startMs)
  return starts.flatMap((programme, index) => {
    const nextMs = starts[index + 1]?.startMs ?? Number.POSITIVE_INFINITY
    const ownStopMs = programme.stopMs ?? programme.startMs + Math.min(MAX_OPEN_MS, nextMs - programme.startMs)
    const stopMs = Math.min(ownStopMs, nextMs, programme.startMs + MAX_LENGTH_MS)
    return stopMs > fromMs && programme.startMs < toMs ? [{ ...programme, stopMs }] : []
  })
}

/** Both sorted and without overlaps. Linear. */
function fillGaps(first: readonly Programme[], second: readonly Programme[]): Programme[] {
  const merged: Programme[] = []
  let index = 0
  let freeFromMs = Number.NEGATIVE_INFINITY
  const addUntil = (gapEndMs: number) => {
    for (; index < second.length; index += 1) {
      const programme = second[index]
      if (programme === undefined || programme.startMs >= gapEndMs) return
      const startMs = Math.max(programme.startMs, freeFromMs)
      const stopMs = Math.min(programme.stopMs, gapEndMs)
      const isWhole = startMs === programme.startMs && stopMs === programme.stopMs
      if (isWhole || stopMs - startMs >= MIN_GAP_MS) merged.push({ ...programme, startMs, stopMs })
      // The rest of it may fill the next gap too.
      if (programme.stopMs > gapEndMs) return
    }
  }
  for (const programme of first) {
    addUntil(programme.startMs)
    merged.push(programme)
    freeFromMs = programme.stopMs
  }
  addUntil(Number.POSITIVE_INFINITY)
  return merged
}
