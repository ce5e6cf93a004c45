import type { CatalogReader } from '@kptv/catalog'
import type { GroupList, ListedChannel } from '@kptv/contract'
import { type BoundedQueue, createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { ChannelIndex, type Found, isEmpty, type Range } from './channel-index.ts'
import { type ChannelQuery, decodeLine, encodeLine } from './channel-line.ts'

type SearchAnswer = Found & {
  /** Channels that were searched. */
  readonly searched: number
  /** False: the catalogue exceeds the index. */
  readonly complete: boolean
}

export type ChannelSearch = {
  /**
   * The channels of a query; `undefined` before the first import. Throws `QueueFullError` when too
   * many searches wait, the signal's reason when it aborts, and when Redis is away and nothing is
   * in memory.
   */
  find(query: ChannelQuery, range: Range, signal: AbortSignal): Promise<SearchAnswer | undefined>
  /** The groups of the channels; otherwise as `find`. */
  groups(signal: AbortSignal): Promise<GroupList | undefined>
}

export type ChannelSearchOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>
  /** Channels of a generation; where it is unknown, the first list waits for the index. */
  readonly countAll?: ((generation: number) => Promise<number | undefined>) | undefined
  /** Called once for each search. */
  readonly onUse?: (use: 'hit' | 'miss') => void
  readonly maxIndexBytes?: number
  /** Searches that may wait or run. */
  readonly maxPending?: number
}

/** About 500,000 channels. */
const MAX_INDEX_BYTES = 32 * 1024 * 1024
const MAX_PENDING = 16
const AT_ONCE = 2

/**
 * Searches an index that is built once per generation, at the first search. While it is being
 * built, or Redis is away, searches use the one before.
 */
export function createChannelSearch(options: ChannelSearchOptions): ChannelSearch {
  const { catalog, countAll, onUse, maxIndexBytes = MAX_INDEX_BYTES, maxPending = MAX_PENDING } = options
  // A page without a search does not wait for searches.
  const [searches, listings] = [AT_ONCE, AT_ONCE].map((concurrency) =>
    createBoundedQueue({ concurrency, maxPending }),
  ) as [BoundedQueue, BoundedQueue]
  let index: ChannelIndex | undefined
  let building: { readonly generation: number; readonly done: Promise<ChannelIndex> } | undefined

  /** Builds the index of a generation, unless it is already being built. */
  function build(generation: number): Promise<ChannelIndex> {
    if (building?.generation === generation) return building.done
    const done = ChannelIndex.build(generation, catalog.channelsInOrder(generation), maxIndexBytes).then((built) => {
      if (index === undefined || built.generation > index.generation) index = built
      return built
    })
    const mine = { generation, done }
    building = mine
    const forget = (): void => {
      if (building === mine) building = undefined
    }
    done.then(forget, forget)
    return done
  }

  async function newestIndex(): Promise<ChannelIndex | undefined> {
    const generation = await catalog.currentGeneration().catch((error: unknown) => {
      if (index === undefined) throw error
      return undefined
    })
    if (generation === undefined || index?.generation === generation) return index
    const next = build(generation)
    if (index === undefined) return next
    next.catch(() => undefined)
    return index
  }

  /** The first channels, while the index is being built: a page need not wait for it. */
  async function readFirst(max: number, count: NonNullable<typeof countAll>): Promise<SearchAnswer | undefined> {
    const generation = await catalog.currentGeneration()
    if (generation === undefined) return undefined
    build(generation).catch(() => undefined)
    const channels: ListedChannel[] = []
    for await (const channel of catalog.channelsInOrder(generation, max)) {
      channels.push(decodeLine(encodeLine(channel)))
      if (channels.length === max) break
    }
    const matching = (await count(generation)) ?? channels.length
    return { channels, matching, searched: channels.length, complete: true }
  }

  async function find(query: ChannelQuery, range: Range, signal: AbortSignal): Promise<SearchAnswer | undefined> {
    onUse?.(index === undefined ? 'miss' : 'hit')
    if (index === undefined && countAll !== undefined && isEmpty(query) && range.skip === 0)
      return readFirst(range.max, countAll)
    const newest = await newestIndex()
    return (
      newest && {
        ...(await newest.find(query, range, signal)),
        searched: newest.channelCount,
        complete: newest.isComplete,
      }
    )
  }

  return {
    find: (query, range, signal) =>
      (isEmpty(query) ? listings : searches).run(() => find(query, range, signal), signal),
    groups: (signal) => listings.run(async () => (await newestIndex())?.groups, signal),
  }
}
