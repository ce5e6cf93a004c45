import type { Redis, RedisKeys } from '@kptv/redis'
import type { Alarm } from '../alarm.ts'
import { BUCKETS, bucketName } from '../bucket.ts'
import { parseJson } from '../record-format.ts'
import { claimVersion, definePublication } from '../versions.ts'
import { type GuideMatch, unpackMatches } from './guide-matches.ts'
import { decodeGuideState, encodeRead, type GuideState, type ReadFacts } from './guide-state.ts'
import { type StagedProgramme, unpackStaged } from './programme-pack.ts'
import { matchesField, StagedGuide } from './staged-guide.ts'

type GuidePublishOutcome = 'published' | 'older' | 'incomplete'

const publishGuide = definePublication<GuidePublishOutcome>(new URL('./publish-guide-3.lua', import.meta.url))

export type GuideLists = ReturnType<typeof createGuideLists>

/**
 * The programmes of each guide for channels of the catalogue: an import of a guide writes them and
 * a build of the guide reads them. As with lists, a new version is staged and becomes the good one
 * in one step; until then, or if that fails, the last good version stays. All functions throw when
 * Redis does not answer.
 */
export function createGuideLists(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** A staged version that is not written to for this long disappears. */
  readonly stagingTtlMs?: number
  /** How long a replaced version stays, for builds that read it. */
  readonly retentionMs?: number
}) {
  const { redis, keys, stagingTtlMs = 900_000, retentionMs = 600_000 } = options

  async function state(guideId: string): Promise<GuideState> {
    return decodeGuideState(await redis.hgetall(keys.guideState(guideId)))
  }

  /** State of a guide whose good version is available; `undefined` if it must be read first. */
  async function goodGuide(guideId: string): Promise<(GuideState & { readonly goodVersion: number }) | undefined> {
    const { goodVersion, ...rest } = await state(guideId)
    if (goodVersion === undefined) return undefined
    return (await redis.exists(keys.guideProgrammes(guideId, goodVersion))) ? { ...rest, goodVersion } : undefined
  }

  async function noteBegun(guideId: string): Promise<void> {
    await redis.hset(keys.guideState(guideId), { state: 'reading' })
  }

  /** The provider still has the good version, which ends an alarm. */
  async function noteUnchanged(guideId: string, fetchedAt: string): Promise<void> {
    await redis.hset(keys.guideState(guideId), { state: 'ok', alarm: '', fetchedAt })
  }

  /**
   * The read failed or was refused: the good version stays, and people see the reason until a read
   * succeeds.
   */
  async function raiseAlarm(guideId: string, alarm: Alarm): Promise<void> {
    await redis.hset(keys.guideState(guideId), { state: 'failed', alarm: JSON.stringify(alarm) })
  }

  /** Claims a version and returns where to write its programmes. */
  async function stage(guideId: string) {
    const version = await claimVersion(redis, [keys.guideState(guideId)], [])
    const guide = new StagedGuide(redis, keys.guideProgrammes(guideId, version), stagingTtlMs)
    return {
      write: (programmes: readonly StagedProgramme[]) => guide.write(programmes),
      discard: () => guide.discard(),
      /**
       * `older`: a newer version was published meanwhile. `incomplete`: Redis lost packs.
       *
       * @param matches is read several times
       */
      async publish(read: ReadFacts, matches: Iterable<GuideMatch>): Promise<GuidePublishOutcome> {
        return publish(guideId, version, await guide.end(matches), encodeRead(read))
      },
    }
  }

  async function publish(
    guideId: string,
    version: number,
    fields: number,
    stateFields: readonly string[],
  ): Promise<GuidePublishOutcome> {
    const staged = keys.guideProgrammes(guideId, version)
    return publishGuide(redis, async () => {
      const { goodVersion = 0 } = await state(guideId)
      const replaced = goodVersion === 0 ? staged : keys.guideProgrammes(guideId, goodVersion)
      return {
        keys: [keys.guideState(guideId), staged, replaced],
        args: [version, goodVersion, fields, retentionMs, ...stateFields],
      }
    })
  }

  /**
   * The programmes of one bucket, pack by pack.
   *
   * @throws when the version is missing or foreign: then the guide must be read again
   */
  async function* readBucket(guideId: string, version: number, bucket: number): AsyncGenerator<StagedProgramme[]> {
    const key = keys.guideProgrammes(guideId, version)
    const counts = parseJson(await redis.hget(key, 'packs'))
    if (!Array.isArray(counts) || counts.length !== BUCKETS) throw unreadable(guideId, version)
    for (let number = 0; number < Number(counts[bucket]); number += 1) {
      const pack = await redis.hgetBuffer(key, `${bucketName(bucket)}:${number}`)
      const programmes = pack ? unpackStaged(pack) : undefined
      if (programmes === undefined) throw unreadable(guideId, version)
      yield programmes
    }
  }

  /** How the channels of one bucket were matched; none if the version is missing or foreign. */
  async function readMatches(guideId: string, version: number, bucket: number): Promise<GuideMatch[]> {
    return unpackMatches(await redis.hgetBuffer(keys.guideProgrammes(guideId, version), matchesField(bucket)))
  }

  /** Forgets a guide that nothing names any longer. */
  async function forget(guideId: string): Promise<void> {
    const { goodVersion } = await state(guideId)
    if (goodVersion !== undefined) await redis.unlink(keys.guideProgrammes(guideId, goodVersion))
    await redis.unlink(keys.guideState(guideId))
  }

  /** Notes which guides are read, by id, with names that may be shown. */
  async function noteNames(names: ReadonlyMap<string, string>): Promise<void> {
    const gone = (await redis.hkeys(keys.guideNames)).filter((id) => !names.has(id))
    if (gone.length > 0) await redis.hdel(keys.guideNames, ...gone)
    if (names.size > 0) await redis.hset(keys.guideNames, new Map(names))
  }

  /** The guides that are read, by id, in the order of their names. */
  async function names(): Promise<ReadonlyMap<string, string>> {
    const known = Object.entries(await redis.hgetall(keys.guideNames))
    return new Map(known.sort(([, first], [, second]) => (first < second ? -1 : 1)))
  }

  return {
    state,
    names,
    noteNames,
    goodGuide,
    noteBegun,
    noteUnchanged,
    raiseAlarm,
    stage,
    readBucket,
    readMatches,
    forget,
  }
}

function unreadable(guideId: string, version: number): Error {
  const message = `version ${version} of guide ${guideId} is missing or foreign`
  return Object.assign(new Error(message), { code: 'GUIDE_UNREADABLE' })
}
