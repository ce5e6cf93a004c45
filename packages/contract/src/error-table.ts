import { ERROR_ANSWERS, ERROR_CODES, errorAnswer } from './errors.ts'

/** The table of `docs/errors.md`: one row for each code, by status. */
export function errorTable(): string {
  const codes = ERROR_CODES.toSorted(
    (one, other) => ERROR_ANSWERS[one].status - ERROR_ANSWERS[other].status || (one < other ? -1 : 1),
  )
  const rows = codes.map((code) => {
    const { status, retryAfter = '–' } = errorAnswer(code)
    return `| \`${code}\` | ${status} | ${retryAfter} | ${ERROR_ANSWERS[code].when} |`
  })
  return ['| Code | Status | Retry-After | When |', '|---|---|---|---|', ...rows].join('\n')
}
