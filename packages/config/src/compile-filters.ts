import { compilePattern } from './name-pattern.ts'
import type { EntryFilters, EntryRule } from './parse-sources.ts'

type Kind = 'live' | 'movie' | 'series'

/** One condition, ready to be applied; its time is bounded for any text. */
type CompiledRule =
  | { readonly field: 'name' | 'group'; readonly fits: (text: string) => boolean }
  | { readonly field: 'kind'; readonly fits: (kind: Kind) => boolean }

/** Filters of a source, or of what a user sees. */
export function compileFilters({ include, exclude }: EntryFilters) {
  return { include: include.map(compileRule), exclude: exclude.map(compileRule) }
}

function compileRule({ field, pattern }: EntryRule): CompiledRule {
  if (field === 'kind') return { field, fits: (kind) => kind === pattern }
  const compiled = compilePattern(pattern)
  // The file was refused otherwise.
  if (compiled === undefined) throw new Error('a filter is not a pattern')
  return { field, fits: compiled.fits }
}
