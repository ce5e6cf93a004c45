/**
 * How to read a time without an offset: minutes east of UTC, or the name of a zone such as
 * `Europe/Berlin`.
 */
export type Zone = number | string

/**
 * `20250330013000 +0100`, shortened from the right, with any separators; the offset in any usual
 * spelling.
 */
const TIME =
  /^\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(?:(\d{2}):?(?:(\d{2})(?:[.,]\d+)?)?)?)?\s*(?:(Z|UTC|GMT|BST|CET|CEST|EET|EEST|WET|WEST)|(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?)?\s*$/i

/**
 * Abbreviations that XMLTV files use; others are ambiguous and make a time unreadable. Minutes east
 * of UTC.
 */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  WET: 0,
  BST: 60,
  CET: 60,
  WEST: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
}

const MINUTE_MS = 60_000
const MAX_TIME_LENGTH = 60
/** Some broadcasters count the hours of a night on beyond 24. */
const MAX_HOUR = 30
/** That of the islands where a day begins first, and some minutes. */
const MAX_OFFSET = 15 * 60

/**
 * A time of an XMLTV document.
 *
 * @param zone For times without an offset; the DTD says UTC, many guides mean their own country.
 * @returns milliseconds since 1970, UTC; `undefined` if it cannot be read or is not a date
 */
export function parseTime(text: string, zone: Zone = 0): number | undefined {
  const times = knownTimes.get(zone) ?? new Map<string, number | undefined>()
  knownTimes.set(zone, times)
  const known = times.get(text)
  if (known !== undefined) return known
  const ms = readTime(text, zone)
  if (times.size >= MAX_KNOWN_TIMES) times.clear()
  if (text.length <= MAX_TIME_LENGTH) times.set(text, ms)
  return ms
}

/** A guide has the same times on many channels, and local times take long to read. */
const knownTimes = new Map<Zone, Map<string, number | undefined>>()
const MAX_KNOWN_TIMES = 10_000

function readTime(text: string, zone: Zone): number | undefined {
  const match = text.length <= MAX_TIME_LENGTH ? TIME.exec(text) : null
  if (match === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', name, sign, offsetHours, offsetMinutes = '0'] =
    match
  const localMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  if (!isReal(Number(year), Number(month), Number(day)) || !isClock(Number(hour), Number(minute), Number(second)))
    return undefined
  if (name !== undefined) return localMs - (ABBREVIATIONS[name.toUpperCase()] ?? 0) * MINUTE_MS
  if (sign !== undefined) {
    const offset = Number(offsetHours) * 60 + Number(offsetMinutes)
    if (offset > MAX_OFFSET) return undefined
    return localMs - (sign === '-' ? -offset : offset) * MINUTE_MS
  }
  return typeof zone === 'number' ? localMs - zone * MINUTE_MS : fromLocal(localMs, zone)
}

/** `20250330003000 +0000`: always in UTC, so that no reader has to guess. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, '')} +0000`
}

/** Whether a zone can be used: a number, or a name that the platform knows. */
export function isZone(zone: Zone): boolean {
  if (typeof zone === 'number') return Math.abs(zone) <= 14 * 60
  try {
    return formatterOf(zone) !== undefined
  } catch {
    return false
  }
}

/** `Date.UTC` lets 31 February be 3 March. */
function isReal(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12) return false
  return day >= 1 && (day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate())
}

/** 24:00 is the end of a day, and a second may be a leap second. */
function isClock(hour: number, minute: number, second: number): boolean {
  return hour <= MAX_HOUR && minute <= 59 && second <= 60
}

/**
 * From the local time of a zone to UTC. In the hour that a change skips, the clock before the
 * change counts; in the hour that comes twice, the first one.
 */
function fromLocal(localMs: number, zone: string): number {
  const before = offsetMs(localMs - 24 * 60 * MINUTE_MS, zone)
  const first = localMs - before
  if (offsetMs(first, zone) === before) return first
  const after = offsetMs(localMs + 24 * 60 * MINUTE_MS, zone)
  return offsetMs(localMs - after, zone) === after ? localMs - after : first
}

/** How far the zone's clock is ahead of UTC at that moment. */
function offsetMs(utcMs: number, zone: string): number {
  const parts = formatterOf(zone).formatToParts(utcMs)
  const value = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value)
  const local = Date.UTC(
    value('year'),
    value('month') - 1,
    value('day'),
    value('hour'),
    value('minute'),
    value('second'),
  )
  return local - Math.floor(utcMs / 1000) * 1000
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making one takes milliseconds. Throws for a zone that does not exist. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(zone, formatter)
  return formatter
}
