import { type CatalogReader, createGuideLists, createGuideStore, createGuideWriter } from '@kptv/catalog'
import type { Settings, SourceBook } from '@kptv/config'
import type { EventFacts } from '@kptv/contract'
import type { JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import type { Redis, RedisKeys } from '@kptv/redis'
import type { AddressPolicy } from '@kptv/upstream'
import { createBuildGuide } from '../handlers/build-guide.ts'
import { createImportGuide } from '../handlers/import-guide.ts'
import { allGuides } from './all-guides.ts'
import { createGuideFetcher } from './fetch-guide.ts'
import { createPastDaysReader } from './past-days.ts'
import { scheduleGuides } from './schedule-guides.ts'
import { shownAddresses } from './shown-addresses.ts'
import { createWantedChannelsReader } from './wanted-channels.ts'

/** The parts that import guides and merge them. */
export function composeGuides(parts: {
  readonly settings: Settings
  readonly book: Pick<SourceBook, 'current' | 'guides'>
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly catalog: CatalogReader
  readonly jobs: JobQueues
  readonly allowAddress: AddressPolicy
  /** Tells people. */
  readonly report: (facts: EventFacts) => void
  readonly logger: Logger
}) {
  const { settings, book, redis, keys, catalog, jobs, allowAddress, report, logger } = parts
  const lists = createGuideLists({ redis, keys })
  const store = createGuideStore({ redis, keys })
  const writer = createGuideWriter({ redis, keys })
  const fetchGuide = createGuideFetcher({ settings, sources: book.current, allowAddress })
  const pastDays = createPastDaysReader(catalog)
  const wantedChannels = createWantedChannelsReader(catalog, () => book.guides().map)

  const guides = async () => {
    const generation = await catalog.currentGeneration()
    const info = generation === undefined ? undefined : await catalog.info(generation)
    return allGuides(book.guides(), info?.epgUrls ?? [], book.current())
  }

  return {
    handlers: [
      createImportGuide({
        guides,
        wantedChannels,
        isShown: (guide) => shownAddresses(guide, book.current()),
        lists,
        fetchGuide,
        jobs,
        report,
        logger,
      }),
      createBuildGuide({ guides, lists, store, writer, pastDays, daysAhead: settings.guideDays, logger }),
    ] as const,

    /** Call it once the handlers are running. */
    startSchedule: () =>
      scheduleGuides({
        guides,
        jobs,
        lists,
        everyMs: settings.guideRefreshIntervalMs,
        catalogGeneration: () => catalog.currentGeneration(),
        logger,
      }),
  }
}
