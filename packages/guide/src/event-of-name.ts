import type { GuideWindow } from './merge-programmes.ts'
import { parseTime, type Zone } from './parse-time.ts'

/** What a pattern finds in the name of an event channel; an absent or empty part is unknown. */
export type EventParts = Readonly<
  Partial<Record<'title' | 'year' | 'month' | 'day' | 'hour' | 'minute' | 'ampm', string>>
>

/** How the names of some event channels are read. */
export type EventNames = {
  /** `undefined` if the name does not fit. Its time must be bounded: names are not trusted. */
  readonly partsOf: (name: string) => EventParts | undefined
  /** The zone of the times in the names. */
  readonly zone: Zone
  /** How long an event lasts. */
  readonly lengthMs: number
}

/** The event that the name of a channel announces. */
export type ChannelEvent = {
  readonly title: string
  /** When it starts in the window, in order; empty if the name does not say so. */
  readonly startsMs: readonly number[]
  readonly lengthMs: number
}

const DAY_MS = 24 * 60 * 60_000
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * The event that a name announces, by the first pattern that finds a title. A time without a day is
 * meant for every day, and a day without a year for the nearest one. A time that does not exist is
 * ignored.
 */
export function eventOfName(
  name: string,
  patterns: readonly EventNames[],
  window: GuideWindow,
): ChannelEvent | undefined {
  for (const { partsOf, zone, lengthMs } of patterns) {
    const parts = partsOf(name)
    const title = parts?.title?.trim()
    if (parts === undefined || !title) continue
    const startsMs = startsOf(parts, zone, window).filter(
      (startMs) => startMs + lengthMs > window.fromMs && startMs < window.toMs,
    )
    return { title, startsMs, lengthMs }
  }
  return undefined
}

function startsOf(parts: EventParts, zone: Zone, { fromMs, toMs }: GuideWindow): number[] {
  const clock = clockOf(parts)
  if (clock === undefined) return []
  const at = (days: readonly string[]) =>
    days.map((day) => parseTime(`${day}${clock}`, zone)?.ms).filter((startMs) => startMs !== undefined)
  if (!parts.day || !parts.month) return at(daysAround(fromMs, toMs))
  const day = `${monthOf(parts.month)}${parts.day.padStart(2, '0')}`
  if (parts.year) return at([`${/^\d\d$/.test(parts.year) ? '20' : ''}${parts.year}${day}`])
  const thisYear = new Date(fromMs).getUTCFullYear()
  const distance = (startMs: number) => Math.abs(startMs - fromMs)
  const starts = at([thisYear - 1, thisYear, thisYear + 1].map((year) => `${year}${day}`))
  return starts.sort((first, second) => distance(first) - distance(second)).slice(0, 1)
}

/** `hhmm`; `undefined` if there is none. */
function clockOf({ hour, minute, ampm }: EventParts): string | undefined {
  if (hour === undefined || !/^\d{1,2}$/.test(hour) || Number(hour) > 23) return undefined
  const isHalf = ampm !== undefined && /^[ap]/i.test(ampm)
  const hours = isHalf ? (Number(hour) % 12) + (/^p/i.test(ampm) ? 12 : 0) : Number(hour)
  return `${String(hours).padStart(2, '0')}${(minute || '00').padStart(2, '0')}`
}

/** By number, or by the first letters of its English name. */
function monthOf(month: string): string {
  const index = MONTHS.indexOf(month.slice(0, 3).toLowerCase())
  return (index < 0 ? month : String(index + 1)).padStart(2, '0')
}

/** `yyyymmdd` of the days of a window in any zone. */
function daysAround(fromMs: number, toMs: number): string[] {
  const days: string[] = []
  for (let atMs = fromMs - 2 * DAY_MS; atMs < toMs + DAY_MS; atMs += DAY_MS) {
    days.push(new Date(atMs).toISOString().slice(0, 10).replaceAll('-', ''))
  }
  return days
}
