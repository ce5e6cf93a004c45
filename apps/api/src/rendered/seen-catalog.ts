import type { CatalogChannel, CatalogReader } from '@kptv/catalog'
import { LRUCache } from 'lru-cache'
import type { ViewSight } from './channel-view.ts'

type Readable = Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>

/** The part of the catalogue that users with a sight may see. */
export function seenCatalog(catalog: Readable, { includes }: ViewSight): Readable {
  async function* channelsInOrder(generation: number, pageSize?: number): AsyncGenerator<CatalogChannel> {
    for await (const channel of catalog.channelsInOrder(generation, pageSize)) if (includes(channel)) yield channel
  }
  return { currentGeneration: () => catalog.currentGeneration(), channelsInOrder }
}

/** Sights in memory: few users see a selection of their own. */
const MAX_SIGHTS = 8

/** One thing made of the catalogue for each part of it that users see. */
export function createBySight<Made extends object>(
  catalog: Readable,
  create: (catalog: Readable) => Made,
): (sight: ViewSight | undefined) => Made {
  const whole = create(catalog)
  const parts = new LRUCache<string, Made>({ max: MAX_SIGHTS })
  return (sight) => {
    if (sight === undefined) return whole
    const part = parts.get(sight.key) ?? create(seenCatalog(catalog, sight))
    parts.set(sight.key, part)
    return part
  }
}
