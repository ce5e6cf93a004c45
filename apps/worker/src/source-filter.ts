import { compileFilters, type Source } from '@kptv/config'
import { createEntryFilter, type Entry } from '@kptv/playlist'

/** Which entries of a source's list are taken, by its filters. */
export function createSourceFilter({ filters }: Pick<Source, 'filters'>): (entry: Entry) => boolean {
  return filters === undefined ? () => true : createEntryFilter(compileFilters(filters))
}
