import { hash } from 'node:crypto'
import type { Login } from '@kptv/addresses'
import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { Alarm } from './alarm.ts'
import type { ListEntry } from './list-entry.ts'
import { type FinishedList, type PublishOutcome, publishList } from './publish-list.ts'
import { createQuarantine } from './quarantine.ts'
import { type OpenList, openList } from './read-list.ts'
import type { SourceAccount } from './source-accounts.ts'
import {
  decodeState,
  encodeFacts,
  encodeSkipped,
  type ListFacts,
  SETTLED,
  type SkippedItems,
  type SourceState,
} from './source-state.ts'
import { createPackWriter } from './staged-list.ts'
import { claimVersion } from './versions.ts'

const noteProgress = defineScript<readonly [version: number, entries: number], boolean>({
  file: new URL('./note-progress-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

export type SourceLists = ReturnType<typeof createSourceLists>
/**
 * `isInShape`: made with today's settings; otherwise it serves, and is imported again even if it
 * has not changed.
 */
type GoodList = SourceState & { readonly goodVersion: number; readonly isInShape: boolean }

export type StagedList = Awaited<ReturnType<SourceLists['stage']>>

/**
 * The lists of the sources: an import writes them and a build reads them. A new list is staged
 * under its own version and becomes the good one in one step; until then, or if that fails, the
 * last good list stays as it is. All functions throw when Redis does not answer.
 */
export function createSourceLists(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** A staged list that is not written to for this long disappears. */
  readonly stagingTtlMs?: number
  /** How long a replaced list stays, for builds that read it. */
  readonly retentionMs?: number
  /**
   * The settings that shape a staged list besides the provider's bytes, as text for each source:
   * how names become channels, which entries are left out. A good list of another shape is served
   * until the source has been imported again.
   */
  readonly shapeOf?: (sourceId: string) => string
}) {
  const { redis, keys, stagingTtlMs = 900_000, retentionMs = 600_000, shapeOf = () => '' } = options
  const quarantine = createQuarantine({ redis, keys, retentionMs })

  async function state(sourceId: string): Promise<SourceState> {
    return decodeState(await redis.hgetall(keys.sourceState(sourceId)))
  }

  /** State of a source whose good list is available; undefined when it must be imported first. */
  async function goodList(sourceId: string): Promise<GoodList | undefined> {
    const { goodVersion, ...rest } = await state(sourceId)
    if (goodVersion === undefined || !rest.shape?.startsWith(`${LIST_FORMAT} `)) return undefined
    return (await redis.exists(keys.sourceList(sourceId, goodVersion)))
      ? { ...rest, goodVersion, isInShape: rest.shape === fullShape(sourceId) }
      : undefined
  }

  /** An import has begun. */
  async function noteBegun(sourceId: string): Promise<void> {
    await redis.hset(keys.sourceState(sourceId), { state: 'importing', reason: '', progress: '0' })
  }

  /** What the provider says about the logins of the source. */
  async function noteAccounts(sourceId: string, accounts: readonly SourceAccount[]): Promise<void> {
    await redis.hset(keys.sourceState(sourceId), { accounts: JSON.stringify(accounts) })
  }

  /**
   * The provider still has the good list: this ends an alarm, and removes a list that was put
   * aside.
   */
  async function noteUnchanged(sourceId: string, fetchedAt: string): Promise<void> {
    const { quarantine: aside } = await state(sourceId)
    await redis.hset(keys.sourceState(sourceId), { ...SETTLED, fetchedAt })
    if (aside !== undefined) await redis.unlink(keys.sourceList(sourceId, aside.version))
  }

  /**
   * The import failed: the good list stays, and the alarm is shown until an import succeeds.
   *
   * @param skipped the unusable items of a list that was read and refused
   */
  async function raiseAlarm(sourceId: string, alarm: Alarm, skipped?: SkippedItems): Promise<void> {
    const fields = { state: 'failed', reason: alarm.code, progress: '', alarm: JSON.stringify(alarm) }
    await redis.hset(keys.sourceState(sourceId), { ...fields, ...(skipped && encodeSkipped(skipped)) })
  }

  /** Claims a version and returns where to write the entries of the new list. */
  async function stage(sourceId: string, shape = fullShape(sourceId)) {
    const version = await claimVersion(redis, [keys.sourceState(sourceId)], [])
    const key = keys.sourceList(sourceId, version)
    const writer = createPackWriter(redis, key, stagingTtlMs)

    async function finish(facts: ListFacts, logins: readonly Login[]): Promise<FinishedList> {
      const { fields, contentHash } = await writer.end(logins)
      const content = hash('sha256', contentHash + JSON.stringify(facts.epgUrls))
      const state = encodeFacts({ ...facts, shape })
      return { version, fields, contentHash: content, state }
    }

    return {
      version,

      /**
       * This many entries have been read; an import that was overtaken reports nothing. @returns
       * false: it was
       */
      noteProgress: (entries: number): Promise<boolean> =>
        noteProgress(redis, [keys.sourceState(sourceId)], [version, entries]),

      /** Keeps the entries until packs are full; await it, so that memory stays bounded. */
      write: (entries: readonly ListEntry[]): Promise<void> => writer.write(entries),

      /**
       * Call it once, or `putAside`. `unchanged`: the good list has the same entries and guides, so
       * it stays, with the facts of this one; the staged list is gone. `older`: a newer list has
       * been published meanwhile. `incomplete`: Redis lost packs.
       */
      async publish(facts: ListFacts, logins: readonly Login[] = []): Promise<PublishOutcome> {
        return publishList({ redis, keys, retentionMs }, sourceId, await finish(facts, logins))
      },

      /**
       * The list is doubtful: the good one stays, this one is kept for a person to decide, see
       * `accept`.
       */
      async putAside(
        facts: ListFacts,
        doubt: { readonly reason: string; readonly message: string },
        logins: readonly Login[] = [],
      ): Promise<void> {
        const { entries, fetchedAt } = facts
        await quarantine.putAside(sourceId, await finish(facts, logins), { ...doubt, entries, fetchedAt })
      },

      /** Removes the staged list. */
      async discard(): Promise<void> {
        await writer.abandon()
        await redis.unlink(key)
      },
    }
  }

  /**
   * A list for reading by bucket, see {@link openList}; an unreadable one must be imported again.
   */
  function open(sourceId: string, version: number): Promise<OpenList> {
    return openList(redis, keys.sourceList(sourceId, version), `list ${version} of source ${sourceId}`)
  }

  /** Forgets a source that has left the settings. */
  async function forget(sourceId: string): Promise<void> {
    const { goodVersion, quarantine: aside } = await state(sourceId)
    await redis.unlink(keys.sourceState(sourceId))
    for (const version of [goodVersion, aside?.version]) {
      if (version !== undefined) await redis.unlink(keys.sourceList(sourceId, version))
    }
  }

  function fullShape(sourceId: string): string {
    return `${LIST_FORMAT} ${shapeOf(sourceId)}`
  }

  return {
    /** The shape of a list that is fetched now, for `stage`. */
    shape: fullShape,
    state,
    goodList,
    noteBegun,
    noteAccounts,
    noteUnchanged,
    raiseAlarm,
    stage,
    open,
    forget,
    /**
     * A person confirms the list that was put aside: it becomes the good one, exactly as it was
     * fetched.
     */
    accept: quarantine.accept,
  }
}

/** Raised when lists in Redis must be remade. */
const LIST_FORMAT = 2
