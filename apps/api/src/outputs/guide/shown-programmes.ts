import type { GuideProgramme } from '@kptv/contract'
import { describeProgramme, type GuideWindow, type Programme } from '@kptv/guide'

/** Longer descriptions are cut: a page shows a few lines. */
const MAX_DESCRIPTION = 1_000

/** A programme as the JSON of the guide shows it. */
export function shownProgramme(programme: Programme): GuideProgramme {
  const { description, ...rest } = describeProgramme(programme)
  return {
    start: new Date(programme.startMs).toISOString(),
    stop: new Date(programme.stopMs).toISOString(),
    ...rest,
    ...(description === undefined ? {} : { description: description.slice(0, MAX_DESCRIPTION) }),
  }
}

/** The programmes that are on at some moment of the window. */
export function within(programmes: readonly Programme[], { fromMs, toMs }: GuideWindow): readonly Programme[] {
  return programmes.filter(({ startMs, stopMs }) => stopMs > fromMs && startMs < toMs)
}

/** The programme that is on at that moment, and the one that begins next. */
export function nowAndNext(programmes: readonly Programme[], atMs: number) {
  const now = programmes.find(({ startMs, stopMs }) => startMs <= atMs && atMs < stopMs)
  const next = programmes.find(({ startMs }) => startMs > atMs)
  return {
    ...(now === undefined ? {} : { now: shownProgramme(now) }),
    ...(next === undefined ? {} : { next: shownProgramme(next) }),
  }
}
