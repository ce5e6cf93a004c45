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
  /^\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(?:(\d{2}):?(?:(\d{2})(?:[.,]\d+)?)?)?)?\s*(?:([A-Z]{1,4})|(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?)?\s*$/i

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
  MSK: 180,
  AWST: 480,
  JST: 540,
  ACST: 570,
  AEST: 600,
  ACDT: 630,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
}

const MINUTE_MS = 60_000
const MAX_TIME_LENGTH = 60
/** Some broadcasters count the hours of a night on beyond 24. */
const MAX_HOUR = 30
/** That of the islands where a day begins first, and some minutes. */
const MAX_OFFSET = 15 * 60

/** What a time can mean, in milliseconds since 1970, UTC. */
export type TimeReadings = {
  readonly ms: number
  /** The second time that the clock of the zone shows it, where it is set back. */
  readonly laterMs?: number
}

/**
 * A time of an XMLTV document.
 *
 * @param zone For times without an offset; the DTD says UTC, many guides mean their own country.
 * @returns `undefined` if it cannot be read or is not a date
 */
export function parseTime(text: string, zone: Zone = 0): TimeReadings | undefined {
  const times = knownTimes.get(zone) ?? new Map<string, TimeReadings | undefined>()
  knownTimes.set(zone, times)
  const known = times.get(text)
  if (known !== undefined) return known
  const readings = readTime(text, zone)
  if (times.size >= MAX_KNOWN_TIMES) times.clear()
  if (text.length <= MAX_TIME_LENGTH) times.set(text, readings)
  return readings
}

/** A guide has the same times on many channels, and local times take long to read. */
const knownTimes = new Map<Zone, Map<string, TimeReadings | undefined>>()
const MAX_KNOWN_TIMES = 10_000

function readTime(text: string, zone: Zone): TimeReadings | undefined {
  const match = text.length <= MAX_TIME_LENGTH ? TIME.exec(text) : null
  if (match === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', name, sign, offsetHours, offsetMinutes = '0'] =
    match
  const localMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  if (!isReal(Number(year), Number(month), Number(day)) || !isClock(Number(hour), Number(minute), Number(second)))
    return undefined
  if (name !== undefined) {
    const offset = ABBREVIATIONS[name.toUpperCase()]
    return offset === undefined ? undefined : { ms: localMs - offset * MINUTE_MS }
  }
  if (sign !== undefined) {
    const offset = Number(offsetHours) * 60 + Number(offsetMinutes)
    if (offset > MAX_OFFSET) return undefined
    return { ms: localMs - (sign === '-' ? -offset : offset) * MINUTE_MS }
  }
  return typeof zone === 'number' ? { ms: localMs - zone * MINUTE_MS } : fromLocal(localMs, zone)
}

/** `20250330003000 +0000`: always in UTC, so that no reader has to guess. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, '')} +0000`
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
 * change counts; the hour that comes twice has two readings.
 */
function fromLocal(localMs: number, zone: string): TimeReadings {
  const before = offsetMs(localMs - 24 * 60 * MINUTE_MS, zone)
  const after = offsetMs(localMs + 24 * 60 * MINUTE_MS, zone)
  const first = localMs - before
  if (after === before) return { ms: first }
  const second = localMs - after
  const isFirst = offsetMs(first, zone) === before
  const isSecond = offsetMs(second, zone) === after
  if (isFirst && isSecond && second > first) return { ms: first, laterMs: second }
  return { ms: isSecond && !isFirst ? second : first }
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
