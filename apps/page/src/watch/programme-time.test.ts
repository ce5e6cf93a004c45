import { expect, test } from '@jest/globals'
import { halfHourOf, placeOf, progressOf } from './programme-time.ts'

const at = (clock: string) => `2026-11-30T${clock}:00Z`
const ms = (clock: string) => Date.parse(at(clock))

test.each([
  ['before it starts', '19:00', 0],
  ['in the middle', '20:30', 0.5],
  ['after its end', '23:00', 1],
])('progress %s', (_, now, progress) => {
  expect(progressOf({ start: at('20:00'), stop: at('21:00') }, ms(now))).toBe(progress)
})

test('a programme without a length has no progress', () => {
  expect(progressOf({ start: at('20:00'), stop: at('20:00') }, ms('20:00'))).toBe(0)
})

test.each([
  ['inside', '20:00', '21:30', { left: 0, width: 0.5 }],
  ['sticking out on both sides', '10:00', '23:59', { left: 0, width: 1 }],
  ['over before', '18:00', '20:00', undefined],
  ['only later', '23:00', '23:30', undefined],
])('the place of a programme: %s', (_, start, stop, place) => {
  expect(placeOf({ start: at(start), stop: at(stop) }, { fromMs: ms('20:00'), toMs: ms('23:00') })).toEqual(place)
})

test('a window starts on the half hour', () => {
  expect(halfHourOf(ms('20:44'))).toBe(ms('20:30'))
})
