import { hash } from 'node:crypto'
import type { Login } from '@kptv/playlist'
import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { ListEntry } from './list-entry.ts'
import { type OpenList, openList } from './read-list.ts'
import { decodeState, encodeFacts, type ListFacts, type SourceState } from './source-state.ts'
import { createPackWriter } from './staged-list.ts'

const claimVersion = defineScript<readonly [], number>({
  file: new URL('./claim-version-1.lua', import.meta.url),
  parse: Number,
})

type PublishOutcome = 'published' | 'unchanged' | 'older' | 'incomplete'

const publishList = defineScript<ReadonlyArray<string | number>, PublishOutcome | 'changed'>({
  file: new URL('./publish-list-3.lua', import.meta.url),
  parse: (reply) => String(reply) as PublishOutcome | 'changed',
})

export type SourceLists = ReturnType<typeof createSourceLists>
/** `isInShape`: made with today's settings; otherwise it serves, and is imported anew without asking whether it has changed. */
type GoodList = SourceState & { goodVersion: number; isInShape: boolean }

export type StagedList = Awaited<ReturnType<SourceLists['stage']>>

/**
 * The lists of the sources: what an import writes and a build reads. A new list is staged under a version of its own
 * and becomes the good one in one step; until then, and if that never comes, the last good list stays as it is.
 * All functions throw when Redis does not answer.
 */
export function createSourceLists(options: {
  redis: Redis
  keys: RedisKeys
  /** A staged list that is not written to for so long disappears. */
  stagingTtlMs?: number
  /** A replaced list stays for builds that read it. */
  retentionMs?: number
  /**
   * What shapes a staged list besides the provider's bytes, as text for each source: how names become channels, which entries are left out. A good list of
   * another shape is served until the source has been imported anew.
   */
  shapeOf?: (sourceId: string) => string
}) {
  const { redis, keys, stagingTtlMs = 900_000, retentionMs = 600_000, shapeOf = () => '' } = options

  async function state(sourceId: string): Promise<SourceState> {
    return decodeState(await redis.hgetall(keys.sourceState(sourceId)))
  }

  /** State of a source whose good list is really there; undefined when it must be imported first. */
  async function goodList(sourceId: string): Promise<GoodList | undefined> {
    const { goodVersion, ...rest } = await state(sourceId)
    if (goodVersion === undefined || !rest.shape?.startsWith(`${LIST_FORMAT} `)) return undefined
    return (await redis.exists(keys.sourceList(sourceId, goodVersion)))
      ? { ...rest, goodVersion, isInShape: rest.shape === fullShape(sourceId) }
      : undefined
  }

  /** Fields for people: progress, failure, "unchanged". */
  async function note(
    sourceId: string,
    fields: { state: SourceState['state']; reason?: string; progress?: number; fetchedAt?: string },
  ): Promise<void> {
    const { state: name, reason = '', progress = '', fetchedAt } = fields
    const always = { state: name, reason, progress: String(progress) }
    await redis.hset(keys.sourceState(sourceId), fetchedAt === undefined ? always : { ...always, fetchedAt })
  }

  /** Claims a version and answers where to write the entries of the new list. */
  async function stage(sourceId: string) {
    const version = await claimVersion(redis, [keys.sourceState(sourceId)], [])
    const key = keys.sourceList(sourceId, version)
    const writer = createPackWriter(redis, key, stagingTtlMs)

    return {
      version,

      /** Keeps the entries until packs are full; await it, so that memory stays bounded. */
      write: (entries: readonly ListEntry[]): Promise<void> => writer.write(entries),

      /**
       * Call it once. `unchanged`: the good list has the same entries and guides, so it stays, with the facts of this one, and what was
       * staged is gone. `older`: a newer list has been published meanwhile. `incomplete`: Redis lost packs.
       */
      async publish(facts: ListFacts, logins: readonly Login[] = []): Promise<PublishOutcome> {
        const { fields, contentHash } = await writer.end(logins)
        const content = hash('sha256', contentHash + JSON.stringify(facts.epgUrls))
        const shape = fullShape(sourceId)
        for (;;) {
          const { goodVersion = 0 } = await state(sourceId)
          const replaced = goodVersion === 0 ? key : keys.sourceList(sourceId, goodVersion)
          const args = [version, goodVersion, fields, retentionMs, content, ...encodeFacts({ ...facts, shape })]
          const outcome = await publishList(redis, [keys.sourceState(sourceId), key, replaced], args)
          if (outcome !== 'changed') return outcome
        }
      },

      /** Removes what was staged. */
      async discard(): Promise<void> {
        await writer.abandon()
        await redis.unlink(key)
      },
    }
  }

  /** A list for reading by bucket, see {@link openList}; an unreadable one must be imported anew. */
  function open(sourceId: string, version: number): Promise<OpenList> {
    return openList(redis, keys.sourceList(sourceId, version), `list ${version} of source ${sourceId}`)
  }

  /** Forgets a source that has left the settings. */
  async function forget(sourceId: string): Promise<void> {
    const { goodVersion } = await state(sourceId)
    await redis.unlink(keys.sourceState(sourceId))
    if (goodVersion !== undefined) await redis.unlink(keys.sourceList(sourceId, goodVersion))
  }

  function fullShape(sourceId: string): string {
    return `${LIST_FORMAT} ${shapeOf(sourceId)}`
  }

  return { state, goodList, note, stage, open, forget }
}

/** Raised when lists in Redis have to be made anew. */
const LIST_FORMAT = 2
