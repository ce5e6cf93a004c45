import { describe, expect, test } from '@jest/globals'
import { describeImport } from './watch-imports.ts'

describe('what npm start reports about an import', () => {
  test.each<[Parameters<typeof describeImport>[0], string | undefined]>([
    [{ state: 'waiting', entries: 0 }, undefined],
    [{ state: 'importing', entries: 0 }, '0 entries so far'],
    [{ state: 'importing', entries: 0, progress: 1200 }, '1200 entries so far'],
    [{ state: 'ok', entries: 2059 }, 'done, 2059 entries'],
    [{ state: 'failed', reason: 'timeout', entries: 5 }, 'failed (timeout); it will be tried again'],
    [{ state: 'failed', entries: 0 }, 'failed (unknown reason); it will be tried again'],
  ])('%j: %s', (state, line) => {
    expect(describeImport(state)).toBe(line)
  })
})
