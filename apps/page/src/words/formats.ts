/** Numbers, times and rates in the way of a language; times in the zone of the person. */
export function createFormats(language: string) {
  const whole = new Intl.NumberFormat(language)
  const tenth = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' })
  const exactClock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const day = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short' })
  const date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric' })
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' })
  return {
    whole: (value: number): string => whole.format(value),
    tenth: (value: number): string => tenth.format(value),
    clock: (atMs: number): string => clock.format(atMs),
    exactClock: (atMs: number): string => exactClock.format(atMs),
    date: (atMs: number): string => date.format(atMs),
    day: (atMs: number): string => day.format(atMs),
    /** 12,400,000 → `12.4`; small rates keep one digit after the point, large ones none. */
    megabits(bitsPerSecond: number): string {
      const value = bitsPerSecond / 1_000_000
      return value >= 100 ? whole.format(Math.round(value)) : tenth.format(value)
    },
    /** 3,400,000 → `3` */
    megabytes: (bytes: number): string => whole.format(Math.round(bytes / 1_000_000)),
    /** `310 ms`, `1.2 s`, between two steps. */
    span: (ms: number): string => (ms < 1_000 ? `${whole.format(Math.round(ms))} ms` : `${tenth.format(ms / 1_000)} s`),
    /** `3 min. ago` */
    ago(ms: number): string {
      const [amount, unit] = amountOf(ms)
      return ago.format(-amount, unit)
    },
    /** `3 min`, for how long something has lasted. */
    duration(ms: number): string {
      const [amount, unit] = amountOf(ms)
      return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(amount)
    },
  }
}

export type Formats = ReturnType<typeof createFormats>

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const

/** In the largest unit of which there is at least one. */
function amountOf(ms: number): readonly [amount: number, unit: 'day' | 'hour' | 'minute' | 'second'] {
  const found = UNITS.find(([size]) => ms >= size)
  return found === undefined ? [Math.max(0, Math.floor(ms / 1_000)), 'second'] : [Math.floor(ms / found[0]), found[1]]
}
