import { createHash } from 'node:crypto'
import { defineScript, execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'
import { decodePack, encodePack, type ListEntry } from './list-entry.ts'
import { decodeState, encodeFacts, type ListFacts, type SourceState } from './source-state.ts'

/** Entries in one element of the list in Redis: some tens of KB, so that no reply is large. */
const ENTRIES_PER_PACK = 200

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
}) {
  const { redis, keys, stagingTtlMs = 900_000, retentionMs = 600_000 } = options

  async function state(sourceId: string): Promise<SourceState> {
    return decodeState(await redis.hgetall(keys.sourceState(sourceId)))
  }

  /** State of a source whose good list is really there; undefined when it must be imported first. */
  async function goodList(sourceId: string): Promise<(SourceState & { goodVersion: number }) | undefined> {
    const { goodVersion, ...rest } = await state(sourceId)
    if (goodVersion === undefined) return undefined
    return (await redis.exists(keys.sourceList(sourceId, goodVersion))) ? { ...rest, goodVersion } : undefined
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
    let waiting: ListEntry[] = []
    let packs = 0
    let underWay: Promise<void> = Promise.resolve()
    const content = createHash('sha256')

    /** Sends the pack when the one before has arrived: the next is parsed while one is under way. */
    async function flush(): Promise<void> {
      await underWay
      const pack = waiting
      if (pack.length === 0) return
      waiting = []
      packs += 1
      const text = encodePack(pack)
      content.update(text)
      underWay = send(text)
      // Whoever awaits it next gets the error; until then it is nobody's fault that none does.
      underWay.catch(() => {})
    }

    async function send(text: string): Promise<void> {
      await execOrThrow(redis.pipeline().rpush(key, text).pexpire(key, stagingTtlMs))
    }

    return {
      version,

      /** Keeps the entries until a pack is full; await it, so that no more than two packs wait in memory. */
      async write(entries: readonly ListEntry[]): Promise<void> {
        for (const entry of entries) {
          waiting.push(entry)
          if (waiting.length >= ENTRIES_PER_PACK) await flush()
        }
      },

      /**
       * Call it once. `unchanged`: the good list has the same entries and guides, so it stays, with the facts of this one, and what was
       * staged is gone. `older`: a newer list has been published meanwhile. `incomplete`: Redis lost packs.
       */
      async publish(facts: ListFacts): Promise<PublishOutcome> {
        await flush()
        await underWay
        const contentHash = content.update(JSON.stringify(facts.epgUrls)).digest('hex')
        for (;;) {
          const { goodVersion = 0 } = await state(sourceId)
          const replaced = goodVersion === 0 ? key : keys.sourceList(sourceId, goodVersion)
          const args = [version, goodVersion, packs, retentionMs, contentHash, ...encodeFacts(facts)]
          const outcome = await publishList(redis, [keys.sourceState(sourceId), key, replaced], args)
          if (outcome !== 'changed') return outcome
        }
      },

      /** Removes what was staged. */
      async discard(): Promise<void> {
        waiting = []
        await underWay.catch(() => {})
        await redis.unlink(key)
      },
    }
  }

  /**
   * All entries of a list, a few packs in memory at a time.
   *
   * @throws an error with the code `LIST_UNREADABLE` when the list is not there, has expired under the reader or holds
   * something foreign: it must be imported anew.
   */
  async function* entries(sourceId: string, version: number): AsyncGenerator<ListEntry> {
    const key = keys.sourceList(sourceId, version)
    const unreadable = (why: string) =>
      Object.assign(new Error(`list ${version} of source ${sourceId} ${why}`), { code: 'LIST_UNREADABLE' })
    const packs = await redis.llen(key)
    if (packs === 0) throw unreadable('is not there')
    for (let index = 0; index < packs; index += 4) {
      const texts = await redis.lrange(key, index, Math.min(index + 4, packs) - 1)
      if (texts.length === 0) throw unreadable('has expired while it was read')
      for (const text of texts) {
        const decoded = decodePack(text)
        if (!decoded) throw unreadable('holds something foreign')
        yield* decoded
      }
    }
  }

  /** Forgets a source that has left the settings. */
  async function forget(sourceId: string): Promise<void> {
    const { goodVersion } = await state(sourceId)
    await redis.unlink(keys.sourceState(sourceId))
    if (goodVersion !== undefined) await redis.unlink(keys.sourceList(sourceId, goodVersion))
  }

  return { state, goodList, note, stage, entries, forget }
}
