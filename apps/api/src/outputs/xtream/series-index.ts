import type { CatalogReader } from '@kptv/catalog'
import { channelKind } from '@kptv/playlist'
import { createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { OF_SERIES } from './app-lists.ts'
import { PAGE_SIZE } from './listed-pages.ts'
import { showKey } from './series-items.ts'

type Shows = ReadonlyMap<string, readonly string[]>

/** Reading the catalogue takes seconds where it is large. */
const READS = { concurrency: 1, maxPending: 64 }

/**
 * Which channels are the episodes of which show: read once per generation, at the first request.
 */
export function createSeriesIndex(catalog: Pick<CatalogReader, 'channelsInOrder'>) {
  const queue = createBoundedQueue(READS)
  let known: { readonly generation: number; readonly shows: Shows } | undefined

  async function read(generation: number): Promise<Shows> {
    if (known?.generation === generation) return known.shows
    const shows = new Map<string, string[]>()
    for await (const channel of catalog.channelsInOrder(generation, PAGE_SIZE)) {
      if (!OF_SERIES.includes(channelKind(channel))) continue
      const key = showKey(channel)
      const ids = shows.get(key) ?? []
      ids.push(channel.id)
      shows.set(key, ids)
    }
    known = { generation, shows }
    return shows
  }

  return {
    /** Ids of the channels of a show. Throws `QueueFullError`, and when Redis is away. */
    async channelsOf(show: string, generation: number, signal: AbortSignal): Promise<readonly string[]> {
      const shows = known?.generation === generation ? known.shows : await queue.run(() => read(generation), signal)
      return shows.get(show) ?? []
    },
  }
}
