import { expect, test } from '@jest/globals'
import { quietForMs } from './quiet-time.ts'

const MINUTE_MS = 60_000
const night = { fromMinute: 22 * 60, untilMinute: 7 * 60, timeZone: 'UTC' }
const noon = { fromMinute: 12 * 60, untilMinute: 13 * 60, timeZone: 'UTC' }
const at = (time: string): number => Date.parse(`2026-01-15T${time}Z`)

test.each([
  [night, '21:59:59.999', 0],
  [night, '22:00:00', 540],
  [night, '23:30:00', 450],
  [night, '00:00:00', 420],
  [night, '06:59:00', 1],
  [night, '07:00:00', 0],
  [noon, '11:59:00', 0],
  [noon, '12:15:00', 45],
  [noon, '13:00:00', 0],
])('%j at %s: %i more minutes', (quiet, time, minutes) => {
  expect(quietForMs(quiet, at(time))).toBe(minutes * MINUTE_MS)
})

test("ends on the minute, in the person's time zone, and never starts without a setting", () => {
  expect(quietForMs(noon, at('12:59:30'))).toBe(30_000)
  expect(quietForMs({ ...night, timeZone: 'Asia/Tokyo' }, at('13:00:00'))).toBe(540 * MINUTE_MS)
  expect(quietForMs({ ...night, timeZone: 'Asia/Tokyo' }, at('23:00:00'))).toBe(0)
  expect(quietForMs(undefined, at('23:00:00'))).toBe(0)
})
