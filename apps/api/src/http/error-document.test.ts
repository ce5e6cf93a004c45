import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { ERROR_ANSWERS } from './error-response.ts'

test('docs/errors.md lists exactly the codes that exist, with their status and Retry-After', () => {
  const document = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...document.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (\S+) \|/gm)]
  const documented = rows.map(([, code, status, retryAfter]) => `${code} ${status} ${retryAfter}`)
  const existing = Object.entries(ERROR_ANSWERS).map(
    ([code, answer]) => `${code} ${answer.status} ${'retryAfter' in answer ? answer.retryAfter : '–'}`,
  )
  expect(documented).toEqual(existing)
})
