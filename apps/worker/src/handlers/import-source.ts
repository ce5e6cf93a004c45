import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SourceLists, StagedList } from '@kptv/catalog'
import { type Source, sealSecrets } from '@kptv/config'
import { type JobHandler, type JobQueues, sourceIdOf } from '@kptv/jobs'
import { createM3uParser, judgeImport, type M3uParser } from '@kptv/playlist'
import type { FetchList } from '../fetch-list.ts'
import { sealEntry } from '../seal-entry.ts'
import type { Logger } from '../worker-logger.ts'
import { failureOf, ImportFailed } from './import-failed.ts'

const progressEveryMs = 2000

export type ImportSourceOptions = {
  sources: readonly Source[]
  lists: SourceLists
  jobs: Pick<JobQueues, 'requestBuild'>
  fetchList: FetchList
  logger: Logger
  nowMs?: () => number
}

/**
 * Imports one source: fetch → parse → seal → stage → guard → publish → ask for a build. Whatever goes wrong before
 * the publishing, the last good list stays; the failure is kept in the source's state, and thrown so that the job is
 * tried again.
 */
export function createImportSource(options: ImportSourceOptions): JobHandler<'import-source'> {
  const { lists, jobs, fetchList, logger, nowMs = Date.now } = options
  const sources = new Map(options.sources.map((source) => [source.id, source]))

  async function handle(data: unknown, { signal }: { signal: AbortSignal }): Promise<void> {
    const source = sources.get(sourceIdOf(data) ?? '')
    // A job of a source that has left the settings, or of somebody else.
    if (!source) return logger.info({ sourceId: sourceIdOf(data) }, 'import of an unknown source skipped')
    const startedAt = nowMs()
    // Ends the download on every way out, also when Redis fails before the first byte was read.
    const download = new AbortController()
    try {
      await importSource(source, AbortSignal.any([signal, download.signal]))
    } catch (error) {
      const { reason, message } = failureOf(error)
      logger.warn({ sourceId: source.id, source: source.name, reason }, message)
      // Told to stop is no fault of the source; and Redis may be what failed.
      if (!signal.aborted) await lists.note(source.id, { state: 'failed', reason }).catch(() => {})
      throw new ImportFailed(reason, message)
    } finally {
      download.abort()
    }
    logger.debug({ sourceId: source.id, tookMs: nowMs() - startedAt }, 'import finished')
  }

  async function importSource(source: Source, signal: AbortSignal): Promise<void> {
    const good = await lists.goodList(source.id)
    await lists.note(source.id, { state: 'importing', progress: 0 })
    logger.info({ sourceId: source.id, source: source.name }, 'import started')
    const { etag, lastModified } = good ?? {}
    const fetched = await fetchList(source, { etag, lastModified, signal })
    const fetchedAt = new Date(nowMs()).toISOString()
    if (fetched.outcome === 'not-modified') {
      await lists.note(source.id, { state: 'ok', fetchedAt })
      logger.info({ sourceId: source.id, source: source.name, entries: good?.entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    const parser = createM3uParser({ baseUrl: fetched.finalUrl })
    const staged = await lists.stage(source.id)
    let entries = 0
    try {
      entries = await stageEntries({ source, staged, parser, chunks: fetched.chunks, signal })
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
      epgUrls: parser.header.epgUrls.map((url) => sealSecrets(url, source.secrets)),
    }
    const outcome = await staged.publish(facts)
    if (outcome === 'incomplete') throw new ImportFailed('redis-lost-data', 'Redis lost a part of the new list')
    const skipped = parser.skipped.total
    logger.info({ sourceId: source.id, source: source.name, entries, skipped, outcome }, 'list imported')
    await jobs.requestBuild()
  }

  /** @returns the number of entries. Constant memory: one chunk and one pack at a time. */
  async function stageEntries(options: {
    source: Source
    staged: StagedList
    parser: M3uParser
    chunks: AsyncIterable<Uint8Array>
    signal: AbortSignal
  }): Promise<number> {
    const { source, staged, parser, chunks, signal } = options
    let entries = 0
    let lastProgressAt = nowMs()
    for await (const chunk of chunks) {
      signal.throwIfAborted()
      const parsed = parser.push(chunk)
      entries += parsed.length
      await staged.write(parsed.map((entry) => sealEntry(entry, source)))
      // BullMQ must get its turn to renew the lock of this job, also when all chunks are there already.
      await nextTurn()
      if (nowMs() - lastProgressAt < progressEveryMs) continue
      lastProgressAt = nowMs()
      await lists.note(source.id, { state: 'importing', progress: entries })
      logger.info({ sourceId: source.id, source: source.name, entries }, 'importing')
    }
    const last = parser.end()
    await staged.write(last.map((entry) => sealEntry(entry, source)))
    return entries + last.length
  }

  return { name: 'import-source', handle }
}
