import { compilePattern } from './name-pattern.ts'

/** How `SOURCES_FILE` says that the names of some event channels are read. */
export type EventPattern = {
  readonly pattern: string
  /** Of times in the names; missing: UTC. */
  readonly timeZone?: string
  readonly lengthMs: number
}

const DEFAULT_LENGTH_MS = 3 * 60 * 60_000
const PARTS = new Set(['title', 'year', 'month', 'day', 'hour', 'minute', 'ampm'])

/** Whether it is a pattern with a title, and no group that means nothing. */
export function isEventPattern(text: string): boolean {
  const groups = compilePattern(text)?.groups ?? []
  return groups.includes('title') && groups.every((group) => PARTS.has(group))
}

/** As the file has it. */
type WrittenPattern = {
  readonly pattern: string
  readonly timeZone?: string | undefined
  readonly length?: number | undefined
}

export function toEventPatterns(written: readonly WrittenPattern[]): EventPattern[] {
  return written.map(({ pattern, timeZone, length = DEFAULT_LENGTH_MS }) => ({
    pattern,
    lengthMs: length,
    ...(timeZone === undefined ? {} : { timeZone }),
  }))
}

/** Ready to be applied: the parts of a name by group, in bounded time for any name. */
export function compileEventPatterns(patterns: readonly EventPattern[]) {
  return patterns.map(({ pattern, timeZone, lengthMs }) => {
    const compiled = compilePattern(pattern)
    // The file was refused otherwise.
    if (compiled === undefined) throw new Error('an event pattern is not a pattern')
    return { partsOf: compiled.partsOf, zone: timeZone ?? 0, lengthMs }
  })
}
