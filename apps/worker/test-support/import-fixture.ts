import { type CatalogChannel, createCatalogReader } from '@kptv/catalog'
import { parseSources, type Source } from '@kptv/config'
import type { EventFacts } from '@kptv/contract'
import { nullLogger as logger } from '@kptv/logging'
import type { ChannelWish } from '@kptv/playlist'
import { connectRedis, createKeys } from '@kptv/redis'
import { startRedisForTests } from '@kptv/testkit'
import { composeLists } from '../src/compose-lists.ts'
import type { FetchList } from '../src/fetch-list.ts'
import { exampleList } from './list-server.ts'

/** The answer of a source. */
export type Body = string | { readonly etag: string; readonly body: string } | 'not-modified' | Error

/** In place of bodies: real requests. */
type PanelSource = { readonly sources: readonly Source[]; readonly fetchList: FetchList }

export type ImportFixture = Awaited<ReturnType<typeof startImportFixture>>

/** A real Redis for both handlers. */
export async function startImportFixture() {
  const server = await startRedisForTests()
  const redis = await connectRedis({ url: server.url, role: 'commands', name: 'test', logger })
  let workers = 0
  return {
    server,
    redis,
    setUp,
    empty: () => redis.flushdb(),
    async [Symbol.asyncDispose]() {
      redis.disconnect()
      await server.stop()
    },
  }

  /** A separate worker: both handlers, and sources whose answers the test sets. */
  function setUp(
    bodies: Record<string, Body>,
    {
      order = { field: 'tvg-name', direction: 'asc' as 'asc' | 'desc' },
      stripTags = [] as string[],
      removedGraceMs = 0,
      login = 'username=user&password=pass',
      nowMs = Date.now,
      wishes = [] as readonly ChannelWish[],
      source: given = {} as Partial<Source>,
      panel = undefined as PanelSource | undefined,
    } = {},
  ) {
    const hosts = Object.keys(bodies)
    const text = hosts.map((host) => `http://${host}.example/get.php?${login}|1`).join(',')
    const sources = panel?.sources ?? parseSources(text).sources.map((source): Source => ({ ...source, ...given }))
    const keys = createKeys(server.keyPrefix)
    const reader = createCatalogReader({ redis, keys })
    const conditions: Array<string | undefined> = []
    const refreshed: string[] = []
    let builds = 0
    const jobs = {
      requestBuild: async () => {
        builds += 1
      },
      requestRefresh: async (ids: readonly string[]) => void refreshed.push(...ids),
    }
    const fetchList: FetchList = async (source, { etag }) => {
      conditions.push(etag)
      const body = bodies[source.name.split('.')[0]!]!
      if (body === 'not-modified') return { outcome: 'not-modified' }
      const list = typeof body === 'object' && 'etag' in body ? body : { etag: undefined, body }
      const chunks = (async function* () {
        if (list.body instanceof Error) {
          yield Buffer.from(exampleList(50))
          throw list.body
        }
        yield Buffer.from(list.body)
      })()
      const fields = { contentType: undefined, etag: list.etag, lastModified: undefined }
      return { outcome: 'body', chunks, finalUrl: source.url, ...fields }
    }
    const reported: EventFacts[] = []
    const loopDelay = { restart: () => {}, p99Ms: () => 0 }
    workers += 1
    const { lists, importSource, buildCatalog } = composeLists({
      settings: {
        baseUrl: undefined,
        groupStripTags: stripTags,
        hideUnplayable: false,
        importMinKeep: 0.5,
        importMinKeepGroups: 0.5,
        removedChannelGraceMs: removedGraceMs,
        sortField: order.field,
        sortDirection: order.direction,
      },
      sources: () => sources,
      wishes: () => wishes,
      redis,
      keys,
      holder: `worker-${workers}`,
      reader,
      jobs,
      fetchList: panel?.fetchList ?? fetchList,
      loopDelay,
      report: (facts) => void reported.push(facts),
      logger,
      nowMs,
    })
    const signal = new AbortController().signal
    return {
      sources,
      /** What was reported, in order. */
      reported,
      lists,
      jobs,
      reader,
      conditions,
      refreshed,
      builds: () => builds,
      importAll: async () => {
        for (const { id } of sources) await importSource.handle({ sourceId: id }, { signal })
      },
      import: (id: string) => importSource.handle({ sourceId: id }, { signal }),
      build: () => buildCatalog.handle({}, { signal }),
      async channels() {
        const all: CatalogChannel[] = []
        const generation = await reader.currentGeneration()
        if (generation === undefined) return all
        for await (const channel of reader.channelsInOrder(generation)) all.push(channel)
        return all
      },
    }
  }
}
