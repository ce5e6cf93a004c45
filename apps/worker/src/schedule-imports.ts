import type { SourceLists } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import type { JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import type { Redis } from '@kptv/redis'

const CHECK_EVERY_MS = 60_000
const DISPUTED =
  'another worker imports sources that this one does not have: give all workers the same sources, or the catalogue keeps changing'

type ScheduleImportsOptions = {
  /** The current sources; one counts as new when anything about it has changed. */
  readonly sources: () => readonly Source[]
  readonly jobs: JobQueues
  readonly lists: Pick<SourceLists, 'goodList' | 'state' | 'forget'>
  /** IMPORT_REFRESH_INTERVAL. */
  readonly everyMs: number
  readonly logger: Logger
  /** Its `ready` event means that Redis is back, perhaps empty. */
  readonly connection: Pick<Redis, 'on' | 'off'>
  readonly nowMs?: () => number
}

/**
 * Keeps one schedule per source in Redis: made at the start and whenever Redis returns, and checked
 * every minute, since an emptied Redis forgets them. Sources without a fresh list are imported at
 * once. Sources removed from the settings lose schedule and list, and leave the catalogue.
 */
export function scheduleImports(options: ScheduleImportsOptions) {
  const { jobs, lists, everyMs, logger, connection, nowMs = Date.now } = options
  let running: Promise<void> | undefined
  let again = false
  let wasScheduled = false
  let known: ReadonlyMap<string, string> = new Map()
  const removed = new Set<string>()

  async function schedule(): Promise<void> {
    const sources = options.sources()
    for (const { id } of sources) await jobs.scheduleImport({ sourceId: id, everyMs })
    const gone = (await jobs.scheduledSources()).filter((id) => !sources.some((source) => source.id === id))
    // A worker that reschedules a source removed here has other settings, and removes those that
    // only we have.
    const disputed = gone.filter((id) => removed.has(id))
    if (disputed.length > 0) logger.error({ sources: disputed }, DISPUTED)
    for (const sourceId of gone) {
      await jobs.unscheduleImport(sourceId)
      await lists.forget(sourceId)
      removed.add(sourceId)
      if (!disputed.includes(sourceId)) logger.info({ source: sourceId }, 'source removed from the settings')
    }
    for (const { id } of sources) removed.delete(id)
    const stale = await findStale(sources)
    const questions = new Map(sources.map((source) => [source.id, questionOf(source)]))
    // An operator who corrects a password should not wait: a changed request is sent at once.
    const changed = [...known].flatMap(([id, question]) => ((questions.get(id) ?? question) === question ? [] : [id]))
    await jobs.requestRefresh([...new Set([...stale, ...changed])])
    known = questions
    // Settings may have changed, or the last build was lost; the build does nothing when it is up
    // to date.
    await jobs.requestBuild()
    logger.debug({ sources: sources.length, stale, gone }, 'imports are scheduled')
  }

  async function findStale(sources: readonly Source[]): Promise<string[]> {
    const stale = await Promise.all(
      sources.map(async ({ id }) => {
        const good = await lists.goodList(id)
        const { state, fetchedAt } = await lists.state(id)
        // A failed source waits for its retries and its schedule: a request here would hammer the
        // provider. At the start every source is imported: the worker that wrote the state may be
        // gone.
        if ((state === 'failed' || state === 'importing') && wasScheduled) return []
        const ageMs = nowMs() - Date.parse(fetchedAt ?? '')
        return good?.isInShape && ageMs < everyMs * 1.5 ? [] : [id]
      }),
    )
    return stale.flat()
  }

  function run(): void {
    again = running !== undefined
    running ??= schedule()
      .then(() => {
        wasScheduled = true
      })
      .catch((error: unknown) => logger.warn({ error }, 'scheduling imports failed, retrying within a minute'))
      .finally(() => {
        running = undefined
        if (again) run()
      })
  }

  run()
  const timer = setInterval(run, CHECK_EVERY_MS)
  connection.on('ready', run)
  return {
    /** The sources may have changed. */
    look: run,

    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      connection.off('ready', run)
      again = false
      await running
    },
  }
}

/**
 * Everything that decides which list comes and which entries are taken. Holds credentials: it stays
 * in memory.
 */
function questionOf({ url, listHeaders, userAgent, tls, filters, kinds, otherLogins }: Source): string {
  return JSON.stringify([url, listHeaders, userAgent, tls, filters, kinds, otherLogins])
}
