import { expect, test } from '@jest/globals'
import { parseRetryAfter } from './upstream-error.ts'

const NOW_MS = Date.parse('2026-01-01T00:00:00Z')

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['99999999999', 86_400_000],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s: %s', (value, waitMs) => {
  expect(parseRetryAfter(value, NOW_MS)).toBe(waitMs)
})
