import { describe, expect, test } from '@jest/globals'
import { countResults, type JestResult, summaryLine } from './count-results.ts'

const ALL_WELL: JestResult = {
  numPassedTests: 10,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  success: true,
}

describe('the last line of npm test', () => {
  test.each<[string, boolean[], JestResult | undefined, string]>([
    ['all well', [true, true, true], ALL_WELL, '13 passed, 0 failed'],
    ['a check failed', [true, false, true], ALL_WELL, '12 passed, 1 failed'],
    ['tests failed', [true], { ...ALL_WELL, numFailedTests: 2, success: false }, '11 passed, 2 failed'],
    [
      'a file could not be loaded',
      [],
      { ...ALL_WELL, numRuntimeErrorTestSuites: 1, success: false },
      '10 passed, 1 failed',
    ],
    ['some left out', [], { ...ALL_WELL, numPendingTests: 3, numTodoTests: 1 }, '10 passed, 0 failed, 4 skipped'],
    ['jest is unhappy', [], { ...ALL_WELL, success: false }, '10 passed, 1 failed'],
    ['jest left nothing', [true], undefined, '1 passed, 1 failed'],
  ])('%s', (_, checks, result, line) => {
    expect(summaryLine(countResults(checks, [result]))).toBe(line)
  })

  test('adds up two runs', () => {
    expect(summaryLine(countResults([true], [ALL_WELL, ALL_WELL]))).toBe('21 passed, 0 failed')
  })
})
