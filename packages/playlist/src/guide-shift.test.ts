import { expect, test } from '@jest/globals'
import { guideShiftMs } from './guide-shift.ts'

test.each([
  ['2', 120],
  ['+1', 60],
  ['-1.5', -90],
  ['5.5', 330],
  [' -3.50 ', -210],
  ['5.75', 345],
  ['5,5', 330],
  ['.5', 30],
  ['+05:30', 330],
  ['-3:30', -210],
  ['12', 720],
  ['-0', 0],
  ['', 0],
  ['later', 0],
  ['25', 0],
  ['1e1', 0],
  ['0x2', 0],
  ['Infinity', 0],
  ['5:99', 0],
])('%j is %d minutes', (text, minutes) => {
  expect(guideShiftMs([['TVG-Shift', text]])).toBe(minutes * 60_000)
})

test('is 0 without the attribute', () => {
  expect(guideShiftMs([['tvg-id', '5']])).toBe(0)
})
