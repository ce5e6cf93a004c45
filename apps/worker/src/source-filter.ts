import { compilePattern, type Source } from '@kptv/config'
import { createEntryFilter, type Entry, type EntryTest } from '@kptv/playlist'

/** Which entries of a source's list are taken, by its filters. */
export function createSourceFilter({ filters }: Pick<Source, 'filters'>): (entry: Entry) => boolean {
  if (filters === undefined) return () => true
  return createEntryFilter({ include: filters.include.map(toTest), exclude: filters.exclude.map(toTest) })
}

function toTest({ field, pattern }: NonNullable<Source['filters']>['include'][number]): EntryTest {
  if (field === 'kind') return { field, fits: (kind) => kind === pattern }
  const compiled = compilePattern(pattern)
  // The settings have already refused such a pattern.
  if (compiled === undefined) throw new Error('a filter of a source is not a pattern')
  return { field, fits: compiled.fits }
}
