import { type CatalogReader, createGuideLists, createGuideStore, createGuideWriter } from '@kptv/catalog'
import type { Settings, Source } from '@kptv/config'
import type { JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { type ChannelKey, channelKey } from '@kptv/playlist'
import type { Redis, RedisKeys } from '@kptv/redis'
import type { AddressPolicy } from '@kptv/upstream'
import { createBuildGuide } from '../handlers/build-guide.ts'
import { createImportGuide } from '../handlers/import-guide.ts'
import { createGuideFetcher } from './fetch-guide.ts'
import { guidesOfCatalog } from './guides-of-catalog.ts'
import { scheduleGuides } from './schedule-guides.ts'
import { readWantedChannels } from './wanted-channels.ts'

const REFRESH_EVERY_MS = 6 * 60 * 60_000
const PAST_DAYS = 1
const DAYS_AHEAD = 7

/** All that imports guides and merges them. */
export function composeGuides(parts: {
  readonly settings: Settings
  readonly sources: () => readonly Source[]
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly catalog: CatalogReader
  readonly jobs: JobQueues
  readonly allowAddress: AddressPolicy
  readonly logger: Logger
}) {
  const { settings, sources, redis, keys, catalog, jobs, allowAddress, logger } = parts
  const lists = createGuideLists({ redis, keys })
  const store = createGuideStore({ redis, keys })
  const writer = createGuideWriter({ redis, keys })
  const fetchGuide = createGuideFetcher({ settings, sources, allowAddress })
  const nameKey: ChannelKey = channelKey

  const guides = async () => {
    const generation = await catalog.currentGeneration()
    const info = generation === undefined ? undefined : await catalog.info(generation)
    return guidesOfCatalog(info?.epgUrls ?? [], sources())
  }

  return {
    handlers: [
      createImportGuide({
        guides,
        wantedChannels: () => readWantedChannels(catalog),
        matching: () => ({ nameKey }),
        lists,
        fetchGuide,
        jobs,
        logger,
      }),
      createBuildGuide({ guides, lists, store, writer, pastDays: PAST_DAYS, daysAhead: DAYS_AHEAD, logger }),
    ] as const,

    /** Call it once the handlers are at work. */
    startSchedule: () =>
      scheduleGuides({
        guides,
        jobs,
        lists,
        everyMs: REFRESH_EVERY_MS,
        catalogGeneration: () => catalog.currentGeneration(),
        logger,
      }),
  }
}
