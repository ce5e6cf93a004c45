/** A time of each day in which nobody wants to be disturbed. */
export type QuietHours = {
  /** Minutes since midnight. */
  readonly fromMinute: number
  /** The first minute after it; earlier than `fromMinute` when midnight lies within. */
  readonly untilMinute: number
  /** IANA name; the zone of the process without one. */
  readonly timeZone?: string
}

const FORM = /^(\d\d):(\d\d)-(\d\d):(\d\d)(?: +(\S+))?$/

/** Such as `22:00-07:00` or `22:00-07:00 Europe/Berlin`; undefined for anything else. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const [, fromHour, fromMinute, untilHour, untilMinute, timeZone] = FORM.exec(text.trim()) ?? []
  const from = minuteOfDay(fromHour, fromMinute)
  const until = minuteOfDay(untilHour, untilMinute)
  if (from === undefined || until === undefined || from === until) return undefined
  if (timeZone !== undefined && !isTimeZone(timeZone)) return undefined
  return { fromMinute: from, untilMinute: until, ...(timeZone !== undefined && { timeZone }) }
}

function minuteOfDay(hour: string | undefined, minute: string | undefined): number | undefined {
  const [hours, minutes] = [Number(hour), Number(minute)]
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
