import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { ImportLeases, SourceLists, StagedList } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import { type JobHandler, type JobQueues, sourceIdOf } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import {
  type ChannelKey,
  createM3uParser,
  type Entry,
  type ImportThresholds,
  judgeImport,
  type M3uParser,
} from '@kptv/playlist'
import { createEntrySealer, type EntrySealer } from '../entry-sealer.ts'
import type { FetchList } from '../fetch-list.ts'
import { createListFigures, figuresOf, largestGroups } from '../list-figures.ts'
import type { LoopDelay } from '../loop-delay.ts'
import { createSourceFilter } from '../source-filter.ts'
import { failureOf, ImportFailed } from './import-failed.ts'

const PROGRESS_EVERY_MS = 2_000
const NOTHING = new Uint8Array()
const LEASE_ASKED_EVERY_MS = 500

type ImportSourceOptions = {
  sources: () => readonly Source[]
  lists: SourceLists
  leases: ImportLeases
  jobs: Pick<JobQueues, 'requestBuild'>
  fetchList: FetchList
  /** How names become channels. */
  keyOf: ChannelKey
  thresholds: ImportThresholds
  /** BASE_URL: what links of this proxy begin with, where that is known. */
  ownBase?: string | undefined
  loopDelay: LoopDelay
  logger: Logger
  nowMs?: () => number
  monotonicMs?: () => number
}

/**
 * Imports one source: fetch → parse → filter → seal → stage → guard → publish, unless nothing has changed → ask for a build. One worker at a time fetches
 * a list. Whatever goes wrong before the publishing, the last good list stays; an alarm is raised in the source's state, and the failure thrown so that
 * the job is tried again. The next good import ends the alarm.
 */
export function createImportSource(options: ImportSourceOptions): JobHandler<'import-source'> {
  const { sources, lists, leases, jobs, fetchList, keyOf, thresholds, ownBase, loopDelay, logger } = options
  const { nowMs = Date.now, monotonicMs = () => performance.now() } = options

  async function handle(data: unknown, { signal }: { signal: AbortSignal }): Promise<void> {
    const source = sources().find(({ id }) => id === sourceIdOf(data))
    // A job of a source that has left the settings, or of somebody else.
    if (!source) return logger.info({ source: sourceIdOf(data) }, 'import of an unknown source skipped')
    await using lease = await leaseOf(source, signal).catch((error: unknown) => {
      const { reason, message } = failureOf(error)
      throw new ImportFailed(reason, message)
    })
    if (!lease) return logger.info(namesOf(source), 'another worker has just imported this list')
    const startedAtMs = monotonicMs()
    // Ends the download on every way out, also when Redis fails before the first byte was read.
    const download = new AbortController()
    try {
      // What was waited for may have taken long.
      const current = sources().find(({ id }) => id === source.id) ?? source
      await importSource(current, AbortSignal.any([signal, lease.lost, download.signal]))
    } catch (error) {
      const { reason, message } = failureOf(error)
      // Told to stop, or overtaken, is no fault of the source; and Redis may be what failed.
      if (signal.aborted || lease.lost.aborted) logger.warn({ ...namesOf(source), reason }, message)
      else await raiseAlarm(source, { code: reason, message }).catch(() => {})
      throw new ImportFailed(reason, message)
    } finally {
      download.abort()
    }
    logger.debug({ ...namesOf(source), tookMs: Math.round(monotonicMs() - startedAtMs) }, 'import finished')
  }

  /** Waits while another worker imports the source; undefined when that has brought the list. */
  async function leaseOf(source: Source, signal: AbortSignal) {
    const taken = await leases.take(source.id)
    if (taken) return taken
    logger.info(namesOf(source), 'another worker imports this list, waiting')
    const before = await lists.state(source.id)
    for (;;) {
      await sleep(LEASE_ASKED_EVERY_MS, undefined, { signal })
      const lease = await leases.take(source.id)
      if (!lease) continue
      const { fetchedAt } = await lists.state(source.id)
      if (fetchedAt === before.fetchedAt) return lease
      await lease[Symbol.asyncDispose]()
      return undefined
    }
  }

  async function raiseAlarm(source: Source, { code, message }: { code: string; message: string }): Promise<void> {
    // Redis may be what failed: the log tells it all the same.
    const { alarm } = await lists.state(source.id).catch(() => ({ alarm: undefined }))
    const level = alarm === undefined ? 'error' : 'warn'
    logger[level](
      { ...namesOf(source), reason: code, alarmSince: alarm?.since },
      `alarm: ${message}; the last good list stays`,
    )
    await lists.raiseAlarm(source.id, { code, message, since: alarm?.since ?? new Date(nowMs()).toISOString() })
  }

  async function importSource(source: Source, signal: AbortSignal): Promise<void> {
    // Settings may change while the list is on its way: it is not in the shape of those.
    const shape = lists.shape(source.id)
    const good = await lists.goodList(source.id)
    await lists.noteBegun(source.id)
    logger.info(namesOf(source), 'import started')
    // With other settings even an unchanged list is another one.
    const { etag, lastModified } = good?.isInShape ? good : {}
    const fetched = await fetchList(source, { etag, lastModified, signal })
    const fetchedAt = new Date(nowMs()).toISOString()
    if (fetched.outcome === 'not-modified') {
      await lists.noteUnchanged(source.id, fetchedAt)
      logger.info({ ...namesOf(source), entries: good?.entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    loopDelay.restart()
    const parser = createM3uParser({ baseUrl: fetched.finalUrl, ownBase })
    const sealer = createEntrySealer(source, keyOf)
    const staged = await lists.stage(source.id, shape)
    const staging = { source, staged, parser, sealer, chunks: fetched.chunks, signal }
    const { entries, list } = await stageEntries(staging).catch(async (error: unknown) => {
      await staged.discard().catch(() => {})
      throw error
    })
    const facts = {
      ...{ entries, filtered: list.entries - entries, torn: list.torn, fetchedAt },
      ...{ etag: fetched.etag, lastModified: fetched.lastModified },
      groups: largestGroups(list.groups),
      skipped: parser.skipped.byReason,
      skippedFirst: parser.skipped.first,
      epgUrls: sealer.sealGuides(source.epgUrl === undefined ? parser.header.epgUrls : [source.epgUrl]),
    }
    const { notAPlaylist } = parser
    if (!parser.hasHeader && entries > 0)
      logger.warn(namesOf(source), 'the list has no #EXTM3U line, and is taken all the same')
    const verdict = judgeImport({ previous: good && figuresOf(good), list, kept: entries, notAPlaylist, thresholds })
    if (!verdict.accepted) {
      const { reason, message, doubtful } = verdict
      await (doubtful ? staged.putAside(facts, { reason, message }, sealer.logins()) : staged.discard())
      throw new ImportFailed(reason, `list refused: ${message}`)
    }
    const outcome = await staged.publish(facts, sealer.logins())
    if (outcome === 'incomplete') {
      await staged.discard()
      throw new ImportFailed('redis-lost-data', 'Redis lost a part of the new list')
    }
    if (outcome === 'older') {
      await staged.discard()
      return logger.info({ ...namesOf(source), entries }, 'another worker has published a newer list meanwhile')
    }
    if (outcome === 'unchanged') {
      logger.info({ ...namesOf(source), entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    const { total: skipped, byReason: skippedByReason } = parser.skipped
    const fields = {
      entries,
      filtered: facts.filtered,
      skipped,
      skippedByReason,
      outcome,
      loopDelayP99Ms: loopDelay.p99Ms(),
    }
    logger.info({ ...namesOf(source), ...fields }, 'list imported')
    await jobs.requestBuild()
  }

  /** @returns the number of entries that were taken. Constant memory: one chunk, and a pack for each bucket. */
  async function stageEntries(options: {
    source: Source
    staged: StagedList
    parser: M3uParser
    sealer: EntrySealer
    chunks: AsyncIterable<Uint8Array>
    signal: AbortSignal
  }) {
    const { source, staged, parser, sealer, chunks, signal } = options
    const isTaken = createSourceFilter(source)
    const figures = createListFigures()
    let entries = 0
    let progressToldAtMs = monotonicMs()

    async function take(bytes: Uint8Array, parsed: Entry[]): Promise<void> {
      figures.add(bytes, parsed)
      const taken = parsed.filter(isTaken)
      entries += taken.length
      await staged.write(taken.map(sealer.sealEntry))
    }

    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += MAX_SLICE_BYTES) {
        signal.throwIfAborted()
        const slice = chunk.subarray(start, start + MAX_SLICE_BYTES)
        await take(slice, parser.push(slice))
        // Others must get their turn, also when all chunks are there already: BullMQ renews the lock of this job.
        await nextTurn()
      }
      if (monotonicMs() - progressToldAtMs < PROGRESS_EVERY_MS) continue
      progressToldAtMs = monotonicMs()
      await staged.noteProgress(figures.entries)
      logger.info({ ...namesOf(source), entries: figures.entries }, 'importing')
    }
    await take(NOTHING, parser.end())
    return { entries, list: figures.read(sealer.sealGroup) }
  }

  return { name: 'import-source', handle }
}

/** A millisecond of work. */
const MAX_SLICE_BYTES = 16 * 1024

/** As every line of the log names a source. */
function namesOf({ id, name }: Source) {
  return { source: id, sourceName: name }
}
