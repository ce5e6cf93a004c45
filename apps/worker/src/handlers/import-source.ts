import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { accountAlarms, type ImportLeases, type SourceAccount, type SourceLists, type StagedList } from '@kptv/catalog'
import { loginsOf, type Source } from '@kptv/config'
import type { EventFacts } from '@kptv/contract'
import { type JobHandler, type JobQueues, sourceIdOf } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { type ChannelKey, type ImportThresholds, judgeImport, type SkipLog, type Skipped } from '@kptv/playlist'
import { createEntrySealer, type EntrySealer } from '../entry-sealer.ts'
import type { FetchList } from '../fetch-list.ts'
import { createListFigures, figuresOf, largestGroups, namesOfLost } from '../list-figures.ts'
import type { LoopDelay } from '../loop-delay.ts'
import { createSourceFilter } from '../source-filter.ts'
import type { M3uOptions } from '../sources/m3u.ts'
import { openSource } from '../sources/open-source.ts'
import type { SourceReader } from '../sources/source-reader.ts'
import { describeSkipped, failureOf, ImportFailed } from './import-failed.ts'

const PROGRESS_EVERY_MS = 2_000
const LEASE_POLL_MS = 500

type ImportSourceOptions = {
  readonly sources: () => readonly Source[]
  readonly lists: SourceLists
  readonly leases: ImportLeases
  readonly jobs: Pick<JobQueues, 'requestBuild'>
  readonly fetchList: FetchList
  /** How names become channels. */
  readonly keyOf: ChannelKey
  readonly thresholds: ImportThresholds
  readonly m3u?: M3uOptions
  readonly loopDelay: LoopDelay
  /** Tells people. */
  readonly report: (facts: EventFacts) => void
  readonly logger: Logger
  readonly nowMs?: () => number
  readonly monotonicMs?: () => number
}

/**
 * Imports one source: fetch → read → filter → seal → stage → guard → publish, unless nothing has
 * changed → request a build. One worker at a time fetches a list. If anything goes wrong before the
 * publishing, the last good list stays; an alarm is raised in the source's state, and the failure
 * thrown so that the job is tried again. The next good import ends the alarm.
 */
export function createImportSource(options: ImportSourceOptions): JobHandler<'import-source'> {
  const { sources, lists, leases, jobs, fetchList, keyOf, thresholds, m3u, loopDelay, report, logger } = options
  const { nowMs = Date.now, monotonicMs = () => performance.now() } = options

  async function handle(data: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const source = sources().find(({ id }) => id === sourceIdOf(data))
    // A job of a source that was removed from the settings, or is not ours.
    if (!source) return logger.info({ source: sourceIdOf(data) }, 'import of an unknown source skipped')
    await using lease = await leaseOf(source, signal).catch((error: unknown) => {
      const { reason, message } = failureOf(error, 'list')
      throw new ImportFailed(reason, message)
    })
    if (!lease) return logger.info(namesOf(source), 'another worker has just imported this list')
    const startedAtMs = monotonicMs()
    // Ends the download on every way out, also when Redis fails before the first byte was read.
    const download = new AbortController()
    try {
      // The settings may have changed during the wait.
      const current = sources().find(({ id }) => id === source.id) ?? source
      await importSource(current, AbortSignal.any([signal, lease.lost, download.signal]))
    } catch (error) {
      const { reason, message, skipped } = failureOf(error, 'list')
      // An order to stop, or a faster import, is not the fault of the source; or Redis itself
      // failed.
      if (signal.aborted || lease.lost.aborted) logger.warn({ ...namesOf(source), reason }, message)
      else await raiseAlarm(source, { code: reason, message, skipped }).catch(() => {})
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
    logger.info(namesOf(source), 'waiting: another worker imports this list')
    const before = await lists.state(source.id)
    for (;;) {
      await sleep(LEASE_POLL_MS, undefined, { signal })
      const lease = await leases.take(source.id)
      if (!lease) continue
      const { fetchedAt } = await lists.state(source.id)
      if (fetchedAt === before.fetchedAt) return lease
      await lease[Symbol.asyncDispose]()
      return undefined
    }
  }

  async function raiseAlarm(
    source: Source,
    {
      code,
      message,
      skipped,
    }: { readonly code: string; readonly message: string; readonly skipped: SkipLog | undefined },
  ): Promise<void> {
    // Redis itself may have failed, so the log gets the message too.
    const { alarm } = await lists.state(source.id).catch(() => ({ alarm: undefined }))
    const level = alarm === undefined ? 'error' : 'warn'
    logger[level](
      {
        ...namesOf(source),
        reason: code,
        alarmSince: alarm?.since,
        skippedByReason: skipped?.byReason,
        skippedFirst: skipped?.first,
      },
      `alarm: ${message}; the last good list stays`,
    )
    if (alarm?.code !== code) report({ type: 'alarm', ...namesOf(source), code, message })
    const since = alarm?.since ?? new Date(nowMs()).toISOString()
    await lists.raiseAlarm(source.id, { code, message, since }, skipped)
  }

  /** What the provider says about the logins is kept, and reported where somebody should act. */
  async function warnOfAccounts(source: Source, accounts: readonly SourceAccount[]): Promise<void> {
    const { accounts: before } = await lists.state(source.id)
    await lists.noteAccounts(source.id, accounts)
    for (const account of accounts) {
      const limit = loginsOf(source).find(({ accountId }) => accountId === account.account)?.limit ?? 0
      const known = before.find((one) => one.account === account.account)
      const knownCodes =
        known === undefined ? [] : accountAlarms(known, limit, Date.parse(known.checkedAt)).map(({ code }) => code)
      for (const { code, message } of accountAlarms(account, limit, nowMs())) {
        logger.warn({ ...namesOf(source), account: account.account, reason: code }, message)
        if (!knownCodes.includes(code)) report({ type: 'alarm', ...namesOf(source), code, message })
      }
    }
  }

  async function importSource(source: Source, signal: AbortSignal): Promise<void> {
    // Settings may change during the download: this list does not follow the new ones.
    const shape = lists.shape(source.id)
    const good = await lists.goodList(source.id)
    const { alarm } = await lists.state(source.id)
    const tellEndOfAlarm = () => {
      if (alarm !== undefined) report({ type: 'alarm-over', ...namesOf(source) })
    }
    await lists.noteBegun(source.id)
    logger.info(namesOf(source), 'import started')
    // With other settings even an unchanged list gives other entries.
    const { etag, lastModified } = good?.isInShape ? good : {}
    const noteAccounts = (accounts: readonly SourceAccount[]) => warnOfAccounts(source, accounts)
    const noteSkipped = (skipped: Skipped) => logger.debug({ ...namesOf(source), ...skipped }, 'list entry left out')
    const about = { etag, lastModified, noteAccounts, noteSkipped }
    const opened = await openSource(source, { fetchList, m3u, signal, nowMs, ...about })
    const fetchedAt = new Date(nowMs()).toISOString()
    if (opened.outcome === 'not-modified') {
      await lists.noteUnchanged(source.id, fetchedAt)
      tellEndOfAlarm()
      logger.info({ ...namesOf(source), entries: good?.entries }, 'list has not changed')
      return jobs.requestBuild()
    }
    loopDelay.restart()
    const { reader, login } = opened
    const sealer = createEntrySealer(source, keyOf, login)
    const staged = await lists.stage(source.id, shape)
    const { kept, figures } = await stageEntries({ source, staged, reader, sealer, signal }).catch(
      async (error: unknown) => {
        await staged.discard().catch(() => {})
        throw error
      },
    )
    const { torn, notAPlaylist, hasHeader, epgUrls, skipped } = reader.facts()
    const list = figures.read(torn, sealer.sealGroup)
    const facts = {
      entries: kept,
      filtered: list.entries - kept,
      torn,
      fetchedAt,
      etag: opened.etag,
      lastModified: opened.lastModified,
      groups: largestGroups(list.groups),
      skipped: withHidden(skipped.byReason, sealer.hiddenAttributes()),
      skippedFirst: skipped.first,
      epgUrls: sealer.sealGuides(source.epgUrl === undefined ? epgUrls : [source.epgUrl]),
    }
    if (!hasHeader && kept > 0) logger.warn(namesOf(source), 'list without an #EXTM3U line accepted')
    const verdict = judgeImport({ previous: good && figuresOf(good), list, kept, notAPlaylist, thresholds })
    if (!verdict.accepted) {
      const { reason, doubtful } = verdict
      const leftOut = skipped.total === 0 ? '' : `; left out: ${describeSkipped(skipped)}`
      const message = verdict.message + leftOut
      await (doubtful ? staged.putAside(facts, { reason, message }, sealer.logins()) : staged.discard())
      throw new ImportFailed(reason, `list refused: ${message}`, skipped)
    }
    const outcome = await staged.publish(facts, sealer.logins())
    if (outcome === 'incomplete') {
      await staged.discard()
      throw new ImportFailed('redis-lost-data', 'Redis lost a part of the new list')
    }
    if (outcome === 'older') {
      await staged.discard()
      return logger.info({ ...namesOf(source), entries: kept }, 'another worker published a newer list meanwhile')
    }
    tellEndOfAlarm()
    if (outcome === 'unchanged') {
      logger.info({ ...namesOf(source), entries: kept }, 'list has not changed')
      return jobs.requestBuild()
    }
    const fields = {
      entries: kept,
      filtered: facts.filtered,
      skipped: skipped.total,
      skippedByReason: facts.skipped,
      outcome,
      loopDelayP99Ms: loopDelay.p99Ms(),
    }
    logger.info({ ...namesOf(source), ...fields }, 'list imported')
    const lostGroups = good === undefined ? [] : namesOfLost(figuresOf(good), list)
    report({ type: 'list-read', ...namesOf(source), entries: kept, before: good?.entries ?? 0, lostGroups })
    await jobs.requestBuild()
  }

  /** Constant memory: one step of the reader, and a pack for each bucket. */
  async function stageEntries(options: {
    readonly source: Source
    readonly staged: StagedList
    readonly reader: SourceReader
    readonly sealer: EntrySealer
    readonly signal: AbortSignal
  }) {
    const { source, staged, reader, sealer, signal } = options
    const isTaken = createSourceFilter(source)
    const figures = createListFigures()
    let kept = 0
    let progressNotedAtMs = monotonicMs()
    for await (const entries of reader.entries) {
      signal.throwIfAborted()
      figures.add(entries)
      const taken = entries.filter(isTaken)
      kept += taken.length
      await staged.write(taken.map(sealer.sealEntry))
      // Other work must get its turn, even when all bytes have arrived: BullMQ renews the lock of
      // this job.
      await nextTurn()
      if (monotonicMs() - progressNotedAtMs < PROGRESS_EVERY_MS) continue
      progressNotedAtMs = monotonicMs()
      await staged.noteProgress(figures.entries)
      logger.info({ ...namesOf(source), entries: figures.entries }, 'importing')
    }
    return { kept, figures }
  }

  return { name: 'import-source', handle }
}

/**
 * An attribute that shows a login is left out without harm to the channel, but must be reported.
 */
function withHidden(byReason: SkipLog['byReason'], hiddenAttributes: number): Readonly<Record<string, number>> {
  return hiddenAttributes === 0 ? byReason : { ...byReason, 'login-in-attribute': hiddenAttributes }
}

/** The fields that name a source in every log line, and in every event. */
function namesOf({ id, name }: Source) {
  return { source: id, sourceName: name }
}
