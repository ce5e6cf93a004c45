import { setImmediate as nextTurn } from 'node:timers/promises'
import type { GuideLists, GuideStateFacts } from '@kptv/catalog'
import type { EventFacts } from '@kptv/contract'
import { type GuideMatcher, judgeGuide } from '@kptv/guide'
import { guideIdOf, type JobHandler, type JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import type { FetchGuide } from '../guides/fetch-guide.ts'
import type { Guide } from '../guides/guide.ts'
import { type ReadGuideResult, readGuide } from '../guides/read-guide.ts'
import type { WantedChannels } from '../guides/wanted-channels.ts'
import { failureOf, ImportFailed } from './import-failed.ts'

type ImportGuideOptions = {
  readonly guides: () => Promise<readonly Guide[]>
  readonly wantedChannels: () => Promise<WantedChannels | undefined>
  /** Which addresses in programmes may be passed on. */
  readonly isShown: (guide: Guide) => (address: string) => boolean
  readonly lists: GuideLists
  readonly fetchGuide: FetchGuide
  readonly jobs: Pick<JobQueues, 'requestGuideBuild'>
  /** Tells people. */
  readonly report: (facts: EventFacts) => void
  readonly logger: Logger
  readonly nowMs?: () => number
}

/** No list offers the past of a channel for longer (see `archiveDays`). */
const KEPT_PAST_MS = 32 * 24 * 60 * 60_000

/**
 * Imports one guide: fetch → cut and match → stage → guard → publish → request a build. If anything
 * goes wrong before it is published, the last good version stays, an alarm is raised in the guide's
 * state, and the error is thrown so that the job is retried. The next good import ends the alarm.
 */
export function createImportGuide(options: ImportGuideOptions): JobHandler<'import-guide'> {
  const { guides, wantedChannels, isShown, lists, fetchGuide, jobs, report, logger } = options
  const { nowMs = Date.now } = options

  async function handle(data: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const id = guideIdOf(data)
    const guide = (await guides()).find((candidate) => candidate.id === id)
    const wanted = await wantedChannels()
    // The guide is no longer named, or there is no catalogue yet.
    if (guide === undefined || wanted === undefined) return logger.info({ guide: id }, 'import of a guide skipped')
    const download = new AbortController()
    try {
      await importGuide(guide, wanted, AbortSignal.any([signal, download.signal]))
    } catch (error) {
      const { reason, message } = failureOf(error, 'guide')
      // An interrupted import is not the guide's fault.
      if (signal.aborted) logger.warn({ ...namesOf(guide), reason }, message)
      else await raiseAlarm(guide, reason, message).catch(() => {})
      throw new ImportFailed(reason, message)
    } finally {
      download.abort()
    }
  }

  async function importGuide(guide: Guide, wanted: WantedChannels, signal: AbortSignal): Promise<void> {
    const good = await lists.goodGuide(guide.id)
    const { alarm } = await lists.state(guide.id)
    const tellEndOfAlarm = () => {
      if (alarm !== undefined) report({ type: 'guide-alarm-over', ...namesOf(guide) })
    }
    await lists.noteBegun(guide.id)
    // Matched with other channels, or with its times read in another way, an unchanged guide gives
    // other programmes.
    const readWith = [wanted.digest, guide.zone, guide.shiftMs].join(' ')
    const { etag, lastModified } = good?.wanted === readWith ? good : {}
    const fetched = await fetchGuide(guide, { etag, lastModified, signal })
    const fetchedAt = new Date(nowMs()).toISOString()
    if (fetched.outcome === 'not-modified') {
      await lists.noteUnchanged(guide.id, fetchedAt)
      tellEndOfAlarm()
      logger.info(namesOf(guide), 'guide has not changed')
      return jobs.requestGuideBuild()
    }
    const first = await stage(guide, { chunks: fetched.chunks, wanted, signal })
    const { staged, result } = first.result.isIncomplete ? await stageAgain(guide, first, wanted, signal) : first
    const facts = factsOf(result)
    const doubt = judgeGuide(facts, good?.facts, nowMs())
    if (doubt !== undefined) {
      await staged.discard()
      throw new ImportFailed(doubt, `guide refused: ${doubt}`)
    }
    const { etag: newEtag, lastModified: newLastModified } = fetched
    const read = { fetchedAt, etag: newEtag, lastModified: newLastModified, wanted: readWith, facts }
    const matches = { [Symbol.iterator]: () => result.matcher.matches() }
    const outcome = await staged.publish(read, matches)
    if (outcome !== 'published') await staged.discard()
    if (outcome === 'incomplete') throw new ImportFailed('redis-lost-data', 'Redis lost a part of the new guide')
    logger.info({ ...namesOf(guide), ...facts, outcome }, 'guide imported')
    tellEndOfAlarm()
    report({ type: 'guide-read', ...namesOf(guide), programmes: facts.matchedProgrammes })
    await jobs.requestGuideBuild()
  }

  /**
   * Programmes that came before the channels they are matched by were left out: now the channels
   * are known.
   */
  async function stageAgain(
    guide: Guide,
    { staged, result }: Awaited<ReturnType<typeof stage>>,
    wanted: WantedChannels,
    signal: AbortSignal,
  ) {
    await staged.discard()
    const again = await fetchGuide(guide, { signal })
    if (again.outcome !== 'body') throw new ImportFailed('guide-changed', 'the guide changed while it was read')
    return stage(guide, { chunks: again.chunks, wanted, signal, matcher: result.matcher })
  }

  async function stage(
    guide: Guide,
    reading: {
      readonly chunks: AsyncIterable<Buffer>
      readonly wanted: WantedChannels
      readonly signal: AbortSignal
      readonly matcher?: GuideMatcher
    },
  ) {
    const { chunks, wanted, signal, matcher } = reading
    const staged = await lists.stage(guide.id)
    try {
      const result = await readGuide({
        chunks,
        wanted,
        matcher,
        fromMs: nowMs() - KEPT_PAST_MS,
        times: { zone: guide.zone, shiftMs: guide.shiftMs, isShown: isShown(guide) },
        write: staged.write,
        // Other work of the process must have its turn: BullMQ renews the lock of this job.
        pause: async () => {
          signal.throwIfAborted()
          await nextTurn()
        },
      })
      return { staged, result }
    } catch (error) {
      await staged.discard().catch(() => {})
      throw error
    }
  }

  async function raiseAlarm(guide: Guide, code: string, message: string): Promise<void> {
    const { alarm } = await lists.state(guide.id)
    const level = alarm === undefined ? 'error' : 'warn'
    logger[level](
      { ...namesOf(guide), reason: code, alarmSince: alarm?.since },
      `alarm: ${message}; the last good guide stays`,
    )
    if (alarm?.code !== code) report({ type: 'guide-alarm', ...namesOf(guide), code, message })
    await lists.raiseAlarm(guide.id, { code, message, since: alarm?.since ?? new Date(nowMs()).toISOString() })
  }

  return { name: 'import-guide', handle }
}

function factsOf({ facts, matcher, matchedProgrammes }: ReadGuideResult): GuideStateFacts {
  const { channels, programmes, lastStartMs, isCutOff, skipped } = facts
  return { channels, programmes, matchedProgrammes, lastStartMs, isCutOff, matched: matcher.counts(), skipped }
}

/** The fields that name a guide in every log line, and in every event. */
function namesOf({ id, name }: Guide) {
  return { guide: id, guideName: name }
}
