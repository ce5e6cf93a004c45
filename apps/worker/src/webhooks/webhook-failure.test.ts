import { expect, test } from '@jest/globals'
import { retryAfterMs, WebhookFailure } from './webhook-failure.ts'

const NOW_MS = Date.UTC(2026, 10, 30, 12)

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  ['0', 0],
  ['Mon, 30 Nov 2026 12:01:00 GMT', 60_000],
  ['Mon, 30 Nov 2026 11:00:00 GMT', 0],
  ['999999999', 3_600_000],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After: %j', (field, ms) => {
  expect(retryAfterMs(field, NOW_MS)).toBe(ms)
})

test.each([
  [{ status: 429 }, true],
  [{ status: 503 }, true],
  [{ status: 404 }, false],
  [{ status: 301 }, false],
  [{ code: 'ECONNREFUSED' }, true],
])('after %j another attempt is worth it: %s', (how, isPassing) => {
  const failure = new WebhookFailure(how)
  expect(failure.isPassing).toBe(isPassing)
  expect(failure.asJobError.name).toBe(isPassing ? 'Error' : 'UnrecoverableError')
})
