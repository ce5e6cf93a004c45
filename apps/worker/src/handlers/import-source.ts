import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SourceLists, StagedList } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import { type JobHandler, type JobQueues, sourceIdOf } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { createM3uParser, judgeImport, type M3uParser } from '@kptv/playlist'
import { createEntrySealer, type EntrySealer } from '../entry-sealer.ts'
import type { FetchList } from '../fetch-list.ts'
import { failureOf, ImportFailed } from './import-failed.ts'

const PROGRESS_EVERY_MS = 2_000

type ImportSourceOptions = {
  sources: readonly Source[]
  lists: SourceLists
  jobs: Pick<JobQueues, 'requestBuild'>
  fetchList: FetchList
  logger: Logger
  nowMs?: () => number
  monotonicMs?: () => number
}

/**
 * Imports one source: fetch → parse → seal → stage → guard → publish, unless nothing has changed → ask for a build. Whatever goes wrong before
 * the publishing, the last good list stays; the failure is kept in the source's state, and thrown so that the job is
 * tried again.
 */
export function createImportSource(options: ImportSourceOptions): JobHandler<'import-source'> {
  const { lists, jobs, fetchList, logger } = options
  const { nowMs = Date.now, monotonicMs = () => performance.now() } = options
  const sources = new Map(options.sources.map((source) => [source.id, source]))

  async function handle(data: unknown, { signal }: { signal: AbortSignal }): Promise<void> {
    const source = sources.get(sourceIdOf(data) ?? '')
    // A job of a source that has left the settings, or of somebody else.
    if (!source) return logger.info({ source: sourceIdOf(data) }, 'import of an unknown source skipped')
    const startedAtMs = monotonicMs()
    // Ends the download on every way out, also when Redis fails before the first byte was read.
    const download = new AbortController()
    try {
      await importSource(source, AbortSignal.any([signal, download.signal]))
    } catch (error) {
      const { reason, message } = failureOf(error)
      logger.warn({ ...namesOf(source), reason }, message)
      // Told to stop is no fault of the source; and Redis may be what failed.
      if (!signal.aborted) await lists.note(source.id, { state: 'failed', reason }).catch(() => {})
      throw new ImportFailed(reason, message)
    } finally {
      download.abort()
    }
    logger.debug({ ...namesOf(source), tookMs: Math.round(monotonicMs() - startedAtMs) }, 'import finished')
  }

  async function importSource(source: Source, signal: AbortSignal): Promise<void> {
    const good = await lists.goodList(source.id)
    await lists.note(source.id, { state: 'importing', progress: 0 })
    logger.info(namesOf(source), 'import started')
    const { etag, lastModified } = good ?? {}
    const fetched = await fetchList(source, { etag, lastModified, signal })
    const fetchedAt = new Date(nowMs()).toISOString()
    if (fetched.outcome === 'not-modified') {
      await lists.note(source.id, { state: 'ok', fetchedAt })
      logger.info({ ...namesOf(source), entries: good?.entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    const parser = createM3uParser({ baseUrl: fetched.finalUrl })
    const sealer = createEntrySealer(source)
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
      fetchedAt,
      etag: fetched.etag,
      lastModified: fetched.lastModified,
      epgUrls: sealer.sealGuides(parser.header.epgUrls),
    }
    const outcome = await staged.publish(facts)
    if (outcome === 'incomplete') throw new ImportFailed('redis-lost-data', 'Redis lost a part of the new list')
    if (outcome === 'unchanged') {
      logger.info({ ...namesOf(source), entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    const skipped = parser.skipped.total
    logger.info({ ...namesOf(source), entries, skipped, outcome }, 'list imported')
    await jobs.requestBuild()
  }

  /** @returns the number of entries. Constant memory: one chunk and one pack at a time. */
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
    for await (const chunk of chunks) {
      signal.throwIfAborted()
      const parsed = parser.push(chunk)
      entries += parsed.length
      await staged.write(parsed.map(sealer.sealEntry))
      // BullMQ must get its turn to renew the lock of this job, also when all chunks are there already.
      await nextTurn()
      if (monotonicMs() - progressToldAtMs < PROGRESS_EVERY_MS) continue
      progressToldAtMs = monotonicMs()
      await lists.note(source.id, { state: 'importing', progress: entries })
      logger.info({ ...namesOf(source), entries }, 'importing')
    }
    const last = parser.end()
    await staged.write(last.map(sealer.sealEntry))
    return entries + last.length
  }

  return { name: 'import-source', handle }
}

/** As every line of the log names a source. */
function namesOf({ id, name }: Source) {
  return { source: id, sourceName: name }
}
