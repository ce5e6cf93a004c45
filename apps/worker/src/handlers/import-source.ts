import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { ImportLeases, SourceLists, StagedList } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import { type JobHandler, type JobQueues, sourceIdOf } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { type ChannelKey, createM3uParser, type Entry, judgeImport, type M3uParser } from '@kptv/playlist'
import { createEntrySealer, type EntrySealer } from '../entry-sealer.ts'
import type { FetchList } from '../fetch-list.ts'
import type { LoopDelay } from '../loop-delay.ts'
import { failureOf, ImportFailed } from './import-failed.ts'

const PROGRESS_EVERY_MS = 2_000
const LEASE_ASKED_EVERY_MS = 500

type ImportSourceOptions = {
  sources: readonly Source[]
  lists: SourceLists
  leases: ImportLeases
  jobs: Pick<JobQueues, 'requestBuild'>
  fetchList: FetchList
  /** How names become channels. */
  keyOf: ChannelKey
  loopDelay: LoopDelay
  logger: Logger
  nowMs?: () => number
  monotonicMs?: () => number
}

/**
 * Imports one source: fetch → parse → seal → stage → guard → publish, unless nothing has changed → ask for a build. One worker at a time fetches a
 * list. Whatever goes wrong before the publishing, the last good list stays; the failure is kept in the source's state, and thrown so that the job is
 * tried again.
 */
export function createImportSource(options: ImportSourceOptions): JobHandler<'import-source'> {
  const { lists, leases, jobs, fetchList, keyOf, loopDelay, logger } = options
  const { nowMs = Date.now, monotonicMs = () => performance.now() } = options
  const sources = new Map(options.sources.map((source) => [source.id, source]))

  async function handle(data: unknown, { signal }: { signal: AbortSignal }): Promise<void> {
    const source = sources.get(sourceIdOf(data) ?? '')
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
      await importSource(source, AbortSignal.any([signal, lease.lost, download.signal]))
    } catch (error) {
      const { reason, message } = failureOf(error)
      logger.warn({ ...namesOf(source), reason }, message)
      // Told to stop, or overtaken, is no fault of the source; and Redis may be what failed.
      if (!signal.aborted && !lease.lost.aborted) {
        await lists.note(source.id, { state: 'failed', reason }).catch(() => {})
      }
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

  async function importSource(source: Source, signal: AbortSignal): Promise<void> {
    const good = await lists.goodList(source.id)
    await lists.note(source.id, { state: 'importing', progress: 0 })
    logger.info(namesOf(source), 'import started')
    // With other settings even an unchanged list is another one.
    const { etag, lastModified } = good?.isInShape ? good : {}
    const fetched = await fetchList(source, { etag, lastModified, signal })
    const fetchedAt = new Date(nowMs()).toISOString()
    if (fetched.outcome === 'not-modified') {
      await lists.note(source.id, { state: 'ok', fetchedAt })
      logger.info({ ...namesOf(source), entries: good?.entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    loopDelay.restart()
    const parser = createM3uParser({ baseUrl: fetched.finalUrl })
    const sealer = createEntrySealer(source, keyOf)
    const staged = await lists.stage(source.id)
    let entries = 0
    try {
      entries = await stageEntries({ source, staged, parser, sealer, chunks: fetched.chunks, signal })
      const { notAPlaylist } = parser
      const verdict = judgeImport({ previousEntries: good?.entries, entries, notAPlaylist, complete: true })
      if (!verdict.accepted) throw new ImportFailed(verdict.reason, `list refused: ${verdict.message}`)
    } catch (error) {
      await staged.discard().catch(() => {})
      throw error
    }
    const facts = {
      entries,
      skipped: parser.skipped.byReason,
      skippedFirst: parser.skipped.first,
      fetchedAt,
      etag: fetched.etag,
      lastModified: fetched.lastModified,
      epgUrls: sealer.sealGuides(parser.header.epgUrls),
    }
    const outcome = await staged.publish(facts, sealer.logins())
    if (outcome === 'incomplete') throw new ImportFailed('redis-lost-data', 'Redis lost a part of the new list')
    if (outcome === 'older') {
      await staged.discard()
      return logger.info({ ...namesOf(source), entries }, 'another worker has published a newer list meanwhile')
    }
    if (outcome === 'unchanged') {
      logger.info({ ...namesOf(source), entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    const { total: skipped, byReason: skippedByReason } = parser.skipped
    const fields = { entries, skipped, skippedByReason, outcome, loopDelayP99Ms: loopDelay.p99Ms() }
    logger.info({ ...namesOf(source), ...fields }, 'list imported')
    await jobs.requestBuild()
  }

  /** @returns the number of entries. Constant memory: one chunk, and a pack for each bucket. */
  async function stageEntries(options: {
    source: Source
    staged: StagedList
    parser: M3uParser
    sealer: EntrySealer
    chunks: AsyncIterable<Uint8Array>
    signal: AbortSignal
  }): Promise<number> {
    const { source, staged, parser, sealer, chunks, signal } = options
    let entries = 0
    let progressToldAtMs = monotonicMs()

    async function stage(parsed: readonly Entry[]): Promise<void> {
      entries += parsed.length
      // The place for filters: what they leave out counts for the guard, and is not staged. What they are belongs to the shape of a list.
      await staged.write(parsed.map(sealer.sealEntry))
    }

    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += LONGEST_SLICE_BYTES) {
        signal.throwIfAborted()
        await stage(parser.push(chunk.subarray(start, start + LONGEST_SLICE_BYTES)))
        // Others must get their turn, also when all chunks are there already: BullMQ renews the lock of this job.
        await nextTurn()
      }
      if (monotonicMs() - progressToldAtMs < PROGRESS_EVERY_MS) continue
      progressToldAtMs = monotonicMs()
      await lists.note(source.id, { state: 'importing', progress: entries })
      logger.info({ ...namesOf(source), entries }, 'importing')
    }
    await stage(parser.end())
    return entries
  }

  return { name: 'import-source', handle }
}

/** A millisecond of work. */
const LONGEST_SLICE_BYTES = 16 * 1024

/** As every line of the log names a source. */
function namesOf({ id, name }: Source) {
  return { source: id, sourceName: name }
}
