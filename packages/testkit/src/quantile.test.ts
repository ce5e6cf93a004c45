import { expect, test } from '@jest/globals'
import { median, quantile } from './quantile.ts'

test('returns the share of values below', () => {
  const values = Array.from({ length: 100 }, (_, index) => index)
  expect([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1)]).toEqual([50, 95, 99])
  expect(quantile([7], 0.95)).toBe(7)
  expect(median([3, 1, 2])).toBe(2)
  expect(quantile([], 0.5)).toBeNaN()
})
