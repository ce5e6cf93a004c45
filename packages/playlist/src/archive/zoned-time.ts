/** Year, month, day, hour, minute and second, each with its leading zeros, as Kodi names them. */
export type TimeParts = Readonly<Record<'Y' | 'm' | 'd' | 'H' | 'M' | 'S', string>>

/**
 * A moment as clocks in a time zone show it, in summer and winter.
 *
 * @param zone a name such as `Europe/Berlin`
 */
export function zonedTime(atMs: number, zone: string): TimeParts {
  const parts = Object.fromEntries(
    formatFor(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  )
  const { year: Y = '', month: m = '', day: d = '', hour: H = '', minute: M = '', second: S = '' } = parts
  return { Y, m, d, H, M, S }
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const two = '2-digit'
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  })
  formats.set(zone, format)
  return format
}
