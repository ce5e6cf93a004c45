import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLoginMemory, withoutSealed } from '@kptv/addresses'
import {
  BUCKETS,
  type CatalogReader,
  type CatalogWriter,
  channelId,
  type createBuildProgress,
  type GenerationInfo,
  type OpenList,
  type PlacedChannel,
  type SourceLists,
} from '@kptv/catalog'
import type { Source } from '@kptv/config'
import type { JobHandler, JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import {
  type ChannelWish,
  type ChannelWishes,
  createChannelWishes,
  createGrouper,
  numberClaim,
  type SortOrder,
  sortKey,
  withWish,
} from '@kptv/playlist'
import type { LoopDelay } from '../loop-delay.ts'

type BuildCatalogOptions = {
  /** In order of preference. */
  readonly sources: () => readonly Source[]
  readonly lists: SourceLists
  readonly jobs: Pick<JobQueues, 'requestRefresh'>
  readonly reader: Pick<CatalogReader, 'currentGeneration' | 'info'>
  readonly writer: CatalogWriter
  readonly progress: ReturnType<typeof createBuildProgress>
  /** What the operator wants to be different about channels. */
  readonly wishes: () => readonly ChannelWish[]
  readonly keyOf: (name: string) => string
  readonly order: SortOrder
  readonly loopDelay: LoopDelay
  readonly logger: Logger
  readonly nowMs?: () => number
  readonly monotonicMs?: () => number
}

type GoodList = { readonly source: Source; readonly version: number; readonly epgUrls: readonly string[] }
type ReadList = GoodList & { readonly read: OpenList }

const PROGRESS_EVERY_MS = 2_000
/** A millisecond of work: other work must get its turn: BullMQ renews the lock of this job. */
const CHANNELS_PER_TURN = 200
/** In one line of the log. */
const MAX_NAMED = 50
const UNMATCHED = 'channels of the sources file are in no list'
/** Raised when generations in Redis must be rebuilt. */
const CATALOG_FORMAT = 3

/**
 * Builds the next generation from the good lists of all sources, one bucket of channels after the
 * other: group → stage; then sort all → swap. Nothing is built when the current one was made from
 * the same lists and settings. Sources removed from the settings leave the catalogue with it.
 */
export function createBuildCatalog(options: BuildCatalogOptions): JobHandler<'build-catalog'> {
  const { lists, jobs, reader, writer, progress, keyOf, order, loopDelay, logger } = options
  const { nowMs = Date.now, monotonicMs = () => performance.now() } = options

  async function handle(_data: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const sources = options.sources()
    const wished = options.wishes()
    const settings = JSON.stringify({
      format: CATALOG_FORMAT,
      sort: order,
      sources: sources.map((source) => source.id),
      ...(wished.length === 0 ? {} : { channels: hash('sha256', JSON.stringify(wished)) }),
    })
    const goodLists = await findGoodLists(sources)
    if (goodLists.length === 0 && sources.length > 0) return logger.info({}, 'no list yet to build a catalogue from')
    const inputs = Object.fromEntries(goodLists.map(({ source, version }) => [source.id, version]))
    if (await isCurrent({ inputs, settings })) return logger.debug({}, 'catalogue is up to date')

    const startedAtMs = monotonicMs()
    loopDelay.restart()
    const opened: ReadList[] = []
    for (const list of goodLists) {
      opened.push({ ...list, read: await readable(list, () => lists.open(list.source.id, list.version)) })
    }
    // Imports also leave out attributes that show an account, except accounts that came later in a
    // list, or from another source.
    const logins = createLoginMemory()
    for (const { read } of opened) logins.add(read.logins)
    const isShown = (text: string) => !logins.holds(withoutSealed(text))

    const generation = await writer.begin(order.direction)
    try {
      const wishes = createChannelWishes(wished, (name) => channelId(keyOf(name)))
      const dropped = await writeBuckets({ generation, opened, isShown, wishes, signal })
      const unmatched = wishes.unmatched().map(({ channel }) => channel)
      if (unmatched.length > 0) logger.warn({ channels: unmatched.slice(0, MAX_NAMED) }, UNMATCHED)
      const epgUrls = opened.flatMap(({ source, epgUrls }) =>
        epgUrls.filter(isShown).map((url) => ({ sourceId: source.id, url })),
      )
      const outcome = await generation.finish({
        builtAt: new Date(nowMs()).toISOString(),
        epgUrls,
        inputs,
        unmatched,
        settings,
      })
      if (outcome === 'incomplete') throw new Error('Redis lost a part of the new catalogue')
      const fields = { generation: generation.generation, ...generation.counts(), dropped, outcome }
      const [tookMs, loopDelayP99Ms] = [Math.round(monotonicMs() - startedAtMs), loopDelay.p99Ms()]
      logger.info({ ...fields, sources: goodLists.length, tookMs, loopDelayP99Ms }, 'catalogue built')
      if (outcome === 'older') await generation.discard()
    } catch (error) {
      await generation.discard().catch(() => {})
      throw error
    } finally {
      await progress.clear().catch(() => {})
    }
  }

  /** @returns entries that added no stream. */
  async function writeBuckets(options: {
    readonly generation: Awaited<ReturnType<CatalogWriter['begin']>>
    readonly opened: readonly ReadList[]
    readonly isShown: (text: string) => boolean
    readonly wishes: ChannelWishes
    readonly signal: AbortSignal
  }) {
    const { generation, opened, isShown, wishes, signal } = options
    const dropped = { duplicates: 0, overLimit: 0 }
    const startedAt = new Date(nowMs()).toISOString()
    let toldAtMs = Number.NEGATIVE_INFINITY
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (monotonicMs() - toldAtMs >= PROGRESS_EVERY_MS) {
        toldAtMs = monotonicMs()
        await report('grouping', Math.round((100 * bucket) / BUCKETS))
      }
      const grouped = await groupBucket({ bucket, opened, isShown, wishes, signal })
      dropped.duplicates += grouped.dropped.duplicates
      dropped.overLimit += grouped.dropped.overLimit
      await generation.write(grouped.placed)
    }
    await report('ordering', 0)
    return dropped

    async function report(phase: 'grouping' | 'ordering', donePercent: number): Promise<void> {
      await progress.report({ generation: generation.generation, phase, donePercent, startedAt })
      logger.info({ generation: generation.generation, phase, donePercent }, 'building catalogue')
    }
  }

  async function groupBucket(options: {
    readonly bucket: number
    readonly opened: readonly ReadList[]
    readonly isShown: (text: string) => boolean
    readonly wishes: ChannelWishes
    readonly signal: AbortSignal
  }) {
    const { bucket, opened, isShown, wishes, signal } = options
    const grouper = createGrouper({ order })
    for (const list of opened) {
      await readable(list, async () => {
        for await (const entries of list.read.bucket(bucket)) {
          signal.throwIfAborted()
          for (const entry of entries) grouper.add(entry.channelId, entry, list.source.id, entry.streamId)
          await nextTurn()
        }
      })
    }
    const placed: PlacedChannel[] = []
    for (const { key: id, name, attributes, streams } of grouper.channels()) {
      const shown = attributes.filter(([, value]) => isShown(value))
      const bestSource = opened.findIndex(({ source }) => source.id === streams[0]?.sourceId)
      const listed = { id, name, attributes: shown, streams }
      const wish = wishes.find(id)
      if (wish?.hide === true) continue
      const channel = wish === undefined ? listed : withWish(listed, wish)
      // A number that the operator gave wins over that of any list.
      const claimant = wish?.number === undefined ? bestSource : -1
      placed.push({
        channel,
        sortKey: sortKey(channel, id, order, wish?.order),
        claim: numberClaim(channel.attributes, claimant, id),
      })
      if (placed.length % CHANNELS_PER_TURN === 0) await nextTurn()
    }
    return { placed, dropped: grouper.dropped }
  }

  async function findGoodLists(sources: readonly Source[]): Promise<GoodList[]> {
    const found = await Promise.all(
      sources.map(async (source) => {
        const good = await lists.goodList(source.id)
        return good ? [{ source, version: good.goodVersion, epgUrls: good.epgUrls }] : []
      }),
    )
    return found.flat()
  }

  async function isCurrent({ inputs, settings }: Pick<GenerationInfo, 'inputs' | 'settings'>): Promise<boolean> {
    const current = await reader.currentGeneration()
    const info = current === undefined ? undefined : await reader.info(current)
    if (!info || info.settings !== settings) return false
    const ids = Object.keys(inputs)
    return ids.length === Object.keys(info.inputs).length && ids.every((id) => info.inputs[id] === inputs[id])
  }

  async function readable<Value>({ source, version }: GoodList, read: () => Promise<Value>): Promise<Value> {
    try {
      return await read()
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'LIST_UNREADABLE') throw error
      // Otherwise an unchanged list at the provider ("304") would keep the broken one for ever.
      logger.warn(
        { source: source.id, sourceName: source.name, version },
        'list in Redis is broken, importing it again',
      )
      await lists.forget(source.id)
      await jobs.requestRefresh([source.id])
      throw error
    }
  }

  return { name: 'build-catalog', handle }
}
