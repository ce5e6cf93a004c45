import type { CatalogChannel } from '@kptv/catalog'
import { compileFilters, type Sees } from '@kptv/config'
import { createEntryFilter } from '@kptv/playlist'

/** The part of the channels that a user may see. */
export type Sight = {
  /** Equal for users who see the same. */
  readonly key: string
  readonly includes: (channel: Pick<CatalogChannel, 'name' | 'attributes' | 'streams'>) => boolean
}

type NamedSource = { readonly id: string; readonly name: string }

/** @param sources present ones: a user names them as people do */
export function createSight(sees: Sees, sources: readonly NamedSource[]): Sight {
  const isTaken = createEntryFilter(compileFilters(sees))
  const ids =
    sees.sources &&
    new Set(
      sources.filter(({ id, name }) => sees.sources?.includes(name) || sees.sources?.includes(id)).map(({ id }) => id),
    )
  return {
    key: JSON.stringify([sees.include, sees.exclude, ids && [...ids].sort()]),
    includes: ({ name, attributes, streams }) =>
      (ids === undefined || streams.some(({ sourceId }) => ids.has(sourceId))) &&
      isTaken({ name, attributes, url: streams[0]?.url ?? '' }),
  }
}
