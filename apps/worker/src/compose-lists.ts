import {
  type CatalogReader,
  createBuildProgress,
  createCatalogWriter,
  createImportLeases,
  createSourceLists,
} from '@kptv/catalog'
import type { Settings, Source } from '@kptv/config'
import type { EventFacts } from '@kptv/contract'
import type { JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { type ChannelWish, createChannelKey } from '@kptv/playlist'
import type { Redis, RedisKeys } from '@kptv/redis'
import { askedWith } from './asked-with.ts'
import type { FetchList } from './fetch-list.ts'
import { createBuildCatalog } from './handlers/build-catalog.ts'
import { createImportSource } from './handlers/import-source.ts'
import type { LoopDelay } from './loop-delay.ts'
import { M3U_READER_VERSION } from './sources/m3u.ts'
import { PANEL_READER_VERSION } from './sources/xtream/read-panel.ts'

/** The settings that shape lists and catalogue. */
type ListSettings = Pick<
  Settings,
  | 'baseUrl'
  | 'groupStripTags'
  | 'hideUnplayable'
  | 'importMinKeep'
  | 'importMinKeepGroups'
  | 'removedChannelGraceMs'
  | 'sortDirection'
  | 'sortField'
>

/** The import of lists and the build of the catalogue: their parts in Redis, and both handlers. */
export function composeLists(options: {
  readonly settings: ListSettings
  readonly sources: () => readonly Source[]
  /** What the operator wants to be different about channels. */
  readonly wishes?: () => readonly ChannelWish[]
  readonly redis: Redis
  readonly keys: RedisKeys
  /** Identifies this worker in leases. */
  readonly holder: string
  readonly reader: CatalogReader
  readonly jobs: Pick<JobQueues, 'requestBuild' | 'requestRefresh'>
  readonly fetchList: FetchList
  readonly loopDelay: LoopDelay
  /** Tells people. */
  readonly report: (facts: EventFacts) => void
  readonly logger: Logger
  readonly nowMs?: () => number
}) {
  const { settings, sources, wishes = () => [], redis, keys, holder, reader, fetchList, ...shared } = options
  const { groupStripTags: stripTags, hideUnplayable } = settings
  const shapeOf = (sourceId: string): string => {
    const source = sources().find(({ id }) => id === sourceId)
    return JSON.stringify({
      stripTags,
      reader: source?.type === 'xtream' ? PANEL_READER_VERSION : M3U_READER_VERSION,
      hideUnplayable,
      askedWith: source && askedWith(source),
    })
  }
  const lists = createSourceLists({ redis, keys, shapeOf })
  return {
    lists,
    importSource: createImportSource({
      ...shared,
      sources,
      lists,
      fetchList,
      leases: createImportLeases({ redis, keys, holder }),
      keyOf: createChannelKey(stripTags),
      thresholds: { minKeep: settings.importMinKeep, minKeepGroups: settings.importMinKeepGroups },
      m3u: { ownBase: settings.baseUrl, hideUnplayable },
    }),
    buildCatalog: createBuildCatalog({
      ...shared,
      sources,
      lists,
      reader,
      writer: createCatalogWriter({ redis, keys, removedGraceMs: settings.removedChannelGraceMs }),
      progress: createBuildProgress({ redis, keys }),
      wishes,
      keyOf: createChannelKey(stripTags),
      order: { field: settings.sortField, direction: settings.sortDirection },
    }),
  }
}
