import type { QuietHours } from '@kptv/config'

const DAY_MINUTES = 1_440
const MINUTE_MS = 60_000

/** How long nobody wants to be disturbed from now on; 0 outside the quiet hours. */
export function quietForMs(quiet: QuietHours | undefined, nowMs: number): number {
  if (quiet === undefined) return 0
  const { fromMinute, untilMinute, timeZone } = quiet
  const now = minuteOfDay(nowMs, timeZone)
  const lengthMinutes = (untilMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES
  const passedMinutes = (now - fromMinute + DAY_MINUTES) % DAY_MINUTES
  if (passedMinutes >= lengthMinutes) return 0
  return (lengthMinutes - passedMinutes) * MINUTE_MS - (nowMs % MINUTE_MS)
}

function minuteOfDay(nowMs: number, timeZone: string | undefined): number {
  const format = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: 'numeric', hourCycle: 'h23', timeZone })
  const parts = Object.fromEntries(format.formatToParts(nowMs).map(({ type, value }) => [type, Number(value)]))
  return (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
}
