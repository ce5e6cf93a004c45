import { expect, test } from '@jest/globals'
import { backoffMs } from './backoff.ts'

test.each([
  { round: 2, random: 0.5, expected: 5_000 },
  { round: 3, random: 0.5, expected: 10_000 },
  { round: 4, random: 0.5, expected: 20_000 },
  { round: 2, random: 0, expected: 4_000 },
  { round: 2, random: 0.999999, expected: 6_000 },
  { round: 40, random: 0.5, expected: 60_000 },
])('round $round with random $random rests $expected ms', ({ round, random, expected }) => {
  expect(backoffMs(round, 5_000, random)).toBe(expected)
})
