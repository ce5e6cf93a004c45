import type { CatalogReader } from '@kptv/catalog'
import { type BoundedQueue, createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { ChannelIndex, type ChannelLine, lineOf } from './channel-index.ts'

export type SearchAnswer = {
  readonly channels: readonly ChannelLine[]
  /** Channels that were searched; fewer than all if the catalogue exceeds the index. */
  readonly searched: number
}

export type ChannelSearch = {
  /**
   * The first channels whose name or group contains the text; `undefined` before the first import.
   * Throws `QueueFullError` when too many searches wait, the signal's reason when it aborts, and
   * when Redis is away and nothing is in memory.
   */
  find(text: string, max: number, signal: AbortSignal): Promise<SearchAnswer | undefined>
}

export type ChannelSearchOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>
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
  const { catalog, onUse, maxIndexBytes = MAX_INDEX_BYTES, maxPending = MAX_PENDING } = options
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
  async function readFirst(max: number): Promise<SearchAnswer | undefined> {
    const generation = await catalog.currentGeneration()
    if (generation === undefined) return undefined
    build(generation).catch(() => undefined)
    const channels: ChannelLine[] = []
    for await (const channel of catalog.channelsInOrder(generation, max)) {
      channels.push(lineOf(channel))
      if (channels.length === max) break
    }
    return { channels, searched: channels.length }
  }

  async function search(text: string, max: number, signal: AbortSignal): Promise<SearchAnswer | undefined> {
    onUse?.(index === undefined ? 'miss' : 'hit')
    if (index === undefined && text.trim() === '') return readFirst(max)
    const newest = await newestIndex()
    if (newest === undefined) return undefined
    return { channels: await newest.search(text, max, signal), searched: newest.channelCount }
  }

  return {
    find: (text, max, signal) =>
      (text.trim() === '' ? listings : searches).run(() => search(text, max, signal), signal),
  }
}
