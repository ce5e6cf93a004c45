import type { GuideLists } from '@kptv/catalog'
import type { JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import type { Guide } from './guide.ts'

const CHECK_EVERY_MS = 60_000

type ScheduleGuidesOptions = {
  readonly guides: () => Promise<readonly Guide[]>
  readonly jobs: Pick<JobQueues, 'guides' | 'requestGuideBuild'>
  readonly lists: Pick<GuideLists, 'goodGuide' | 'forget' | 'noteNames'>
  /** GUIDE_REFRESH_INTERVAL. */
  readonly everyMs: number
  /** Generation of the catalogue that is served. */
  readonly catalogGeneration: () => Promise<number | undefined>
  readonly logger: Logger
}

/**
 * Keeps one schedule per guide in Redis. Guides without a good version are imported at once, all of
 * them after the catalogue has changed, since other channels may need them. Guides that are no
 * longer named are forgotten.
 */
export function scheduleGuides(options: ScheduleGuidesOptions): AsyncDisposable & { check(): void } {
  const { guides, jobs, lists, everyMs, catalogGeneration, logger } = options
  const requested = new Set<string>()
  let lastGeneration: number | undefined
  let running: Promise<void> | undefined

  async function schedule(): Promise<void> {
    const generation = await catalogGeneration()
    if (generation === undefined) return
    const current = await guides()
    await lists.noteNames(new Map(current.map(({ id, name }) => [id, name])))
    for (const { id } of current) await jobs.guides.schedule(id, everyMs)
    for (const id of await jobs.guides.scheduled()) {
      if (current.some((guide) => guide.id === id)) continue
      await jobs.guides.unschedule(id)
      await lists.forget(id)
      logger.info({ guide: id }, 'guide removed: no list names it')
    }
    const isNewCatalog = generation !== lastGeneration
    const wanted = isNewCatalog ? current : await withoutGoodVersion(current)
    await jobs.guides.request(wanted.map(({ id }) => id))
    for (const { id } of wanted) requested.add(id)
    if (isNewCatalog) await jobs.requestGuideBuild()
    lastGeneration = generation
  }

  /**
   * A guide that failed waits for its retries and its schedule: it is requested only once by each
   * worker.
   */
  async function withoutGoodVersion(current: readonly Guide[]): Promise<Guide[]> {
    const missing: Guide[] = []
    for (const guide of current) {
      if (!requested.has(guide.id) && (await lists.goodGuide(guide.id)) === undefined) missing.push(guide)
    }
    return missing
  }

  function check(): void {
    running ??= schedule()
      .catch((error: unknown) => logger.warn({ error }, 'scheduling guides failed, retrying within a minute'))
      .finally(() => {
        running = undefined
      })
  }

  check()
  const timer = setInterval(check, CHECK_EVERY_MS)
  return {
    /** The catalogue may have changed. */
    check,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running
    },
  }
}
