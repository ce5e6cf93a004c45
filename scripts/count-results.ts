/** What jest writes with `--json`, as far as it is needed here. */
export type JestResult = {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  /** Test files that could not even be loaded. */
  readonly numRuntimeErrorTestSuites: number
  readonly success: boolean
}

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

/**
 * Adds up the checks before the tests (each counts as one test) and the tests.
 *
 * @param results one for each run of jest; `undefined` when it left none, which counts as a failure
 */
export function countResults(checks: readonly boolean[], results: ReadonlyArray<JestResult | undefined>): Counts {
  const passedChecks = checks.filter((ok) => ok).length
  const ofChecks = { passed: passedChecks, failed: checks.length - passedChecks, skipped: 0 }
  return [ofChecks, ...results.map(countRun)].reduce((sum, counts) => ({
    passed: sum.passed + counts.passed,
    failed: sum.failed + counts.failed,
    skipped: sum.skipped + counts.skipped,
  }))
}

function countRun(result: JestResult | undefined): Counts {
  if (result === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites
  return {
    passed: result.numPassedTests,
    // jest can be unhappy without a failed test: a missed threshold, an open handle.
    failed: failed === 0 && !result.success ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}

export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}
