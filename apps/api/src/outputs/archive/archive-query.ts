import type { ArchiveWindow } from '@kptv/playlist'

type Query = Readonly<Record<string, unknown>>

/** Nothing in a guide is longer. */
const MAX_DURATION_S = 24 * 3_600
/** Where a player does not say how long. */
const DEFAULT_DURATION_S = 4 * 3_600

/**
 * The part of the past in the query of a player: `utc` and `duration` in seconds, as our playlist
 * asks for; `utcend` or `end` in place of a duration; `start` for `utc`. `undefined` if it is none.
 */
export function readArchiveQuery(query: Query, nowMs: number): ArchiveWindow | undefined {
  const start = secondsOf(query.utc ?? query.start)
  if (start === undefined) return undefined
  const end = secondsOf(query.utcend ?? query.end)
  const given = query.duration === undefined ? undefined : secondsOf(query.duration)
  const duration = given ?? (end === undefined ? DEFAULT_DURATION_S : end - start)
  return windowOf(start * 1000, duration, nowMs)
}

/**
 * `timeshift/<minutes>/<when>` of Xtream apps, where times are in UTC, as we state them:
 * `2027-05-31:20-15`, also with seconds.
 */
export function readTimeshift(minutes: string, when: string, nowMs: number): ArchiveWindow | undefined {
  const [, day = '', hour, minute, second = '00'] = WHEN.exec(when) ?? []
  const startMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(startMs) || !/^\d{1,5}$/.test(minutes)
    ? undefined
    : windowOf(startMs, Number(minutes) * 60, nowMs)
}

const WHEN = /^(\d{4}-\d\d-\d\d)[: _T](\d\d)[-:](\d\d)(?:[-:](\d\d))?$/

function windowOf(startMs: number, durationS: number, nowMs: number): ArchiveWindow | undefined {
  if (!(durationS > 0)) return undefined
  return { startMs, endMs: startMs + Math.min(durationS, MAX_DURATION_S) * 1000, nowMs }
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : undefined
}
