import { type CatalogReader, type CatalogWriter, channelId, type SourceLists } from '@kptv/catalog'
import { type Source, withoutSealed } from '@kptv/config'
import type { JobHandler, JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { createGrouper, createLoginMemory, type Grouper, type LoginMemory, type SortOrder } from '@kptv/playlist'

type BuildCatalogOptions = {
  /** In order of preference. */
  sources: readonly Source[]
  lists: SourceLists
  jobs: Pick<JobQueues, 'requestRefresh'>
  reader: Pick<CatalogReader, 'currentGeneration' | 'info'>
  writer: CatalogWriter
  order: SortOrder
  logger: Logger
  nowMs?: () => number
  monotonicMs?: () => number
}

type GoodList = { source: Source; version: number; epgUrls: readonly string[] }

/**
 * Builds the next generation from the good lists of all sources: group → sort → write aside → swap. Nothing is built
 * when the current one was made from the same lists and settings. Sources that have left the settings leave with it.
 */
export function createBuildCatalog(options: BuildCatalogOptions): JobHandler<'build-catalog'> {
  const { sources, lists, jobs, reader, writer, order, logger } = options
  const { nowMs = Date.now, monotonicMs = () => performance.now() } = options
  const settings = JSON.stringify({ sort: order, sources: sources.map((source) => source.id) })

  async function handle(_data: unknown, { signal }: { signal: AbortSignal }): Promise<void> {
    const goodLists = await findGoodLists()
    if (goodLists.length === 0 && sources.length > 0) return logger.info({}, 'no list yet to build a catalogue from')
    const inputs = Object.fromEntries(goodLists.map(({ source, version }) => [source.id, version]))
    if (await isCurrent(inputs)) return logger.debug({}, 'catalogue is up to date')

    const startedAtMs = monotonicMs()
    const grouper = createGrouper({ order })
    const logins = createLoginMemory()
    for (const list of goodLists) await addList({ grouper, logins, list, signal })
    const generation = await writer.begin()
    try {
      const channels = grouper.channels()
      for (const { key, name, attributes, streams } of channels) {
        signal.throwIfAborted()
        // Imports leave these out as well, but for accounts that came later in a list, or from another source.
        const shown = attributes.filter(([, value]) => !logins.holds(withoutSealed(value)))
        await generation.add({ id: channelId(key), name, attributes: shown, streams })
      }
      const epgUrls = goodLists.flatMap(({ source, epgUrls }) =>
        epgUrls.filter((url) => !logins.holds(withoutSealed(url))).map((url) => ({ sourceId: source.id, url })),
      )
      const outcome = await generation.finish({ builtAt: new Date(nowMs()).toISOString(), epgUrls, inputs, settings })
      if (outcome === 'incomplete') throw new Error('Redis lost a part of the new catalogue')
      const { dropped } = grouper
      const fields = { generation: generation.generation, channels: channels.length, dropped, outcome }
      logger.info(
        { ...fields, sources: goodLists.length, tookMs: Math.round(monotonicMs() - startedAtMs) },
        'catalogue built',
      )
      if (outcome === 'older') await generation.discard()
    } catch (error) {
      await generation.discard().catch(() => {})
      throw error
    }
  }

  async function findGoodLists(): Promise<GoodList[]> {
    const found = await Promise.all(
      sources.map(async (source) => {
        const good = await lists.goodList(source.id)
        return good ? [{ source, version: good.goodVersion, epgUrls: good.epgUrls }] : []
      }),
    )
    return found.flat()
  }

  async function isCurrent(inputs: Readonly<Record<string, number>>): Promise<boolean> {
    const current = await reader.currentGeneration()
    const info = current === undefined ? undefined : await reader.info(current)
    if (!info || info.settings !== settings) return false
    const ids = Object.keys(inputs)
    return ids.length === Object.keys(info.inputs).length && ids.every((id) => info.inputs[id] === inputs[id])
  }

  async function addList(options: {
    grouper: Grouper
    logins: LoginMemory
    list: GoodList
    signal: AbortSignal
  }): Promise<void> {
    const { grouper, logins, list, signal } = options
    const { source, version } = list
    try {
      for await (const { streamId, ...entry } of lists.entries(source.id, version)) {
        signal.throwIfAborted()
        logins.learn(withoutSealed(entry.url))
        grouper.add(entry, source.id, streamId)
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'LIST_UNREADABLE') throw error
      // Else an unchanged list at the provider ("304") would keep the broken one for ever.
      logger.warn({ source: source.id, sourceName: source.name, version }, 'list in Redis is broken, importing it anew')
      await lists.forget(source.id)
      await jobs.requestRefresh([source.id])
      throw error
    }
  }

  return { name: 'build-catalog', handle }
}
