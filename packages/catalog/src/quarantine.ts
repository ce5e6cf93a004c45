import { execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'
import { type FinishedList, publishList } from './publish-list.ts'
import { parseObject } from './record-format.ts'
import { decodeState } from './source-state.ts'

/** Why a list is not trusted. Shown to people; without secrets. */
type Doubt = {
  readonly reason: string
  readonly message: string
  readonly entries: number
  readonly fetchedAt: string
}

type AcceptOutcome = 'accepted' | 'nothing-put-aside'

/**
 * Doubtful lists: each source keeps its latest one aside, until a good one arrives, a person
 * accepts it, or its time is over.
 */
export function createQuarantine(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** How long a replaced good list stays, for builds that read it. */
  readonly retentionMs: number
  readonly quarantineMs?: number
}) {
  const { redis, keys, quarantineMs = 86_400_000 } = options

  return {
    /** The good list stays good. This removes a list that was put aside before. */
    async putAside(sourceId: string, list: FinishedList, doubt: Doubt): Promise<void> {
      const { quarantine } = decodeState(await redis.hgetall(keys.sourceState(sourceId)))
      const write = redis
        .pipeline()
        .hset(keys.sourceState(sourceId), 'quarantine', JSON.stringify({ ...doubt, ...list }))
        .pexpire(keys.sourceList(sourceId, list.version), quarantineMs)
      await execOrThrow(quarantine ? write.unlink(keys.sourceList(sourceId, quarantine.version)) : write)
    },

    /** Makes the list that was put aside the good one, exactly as it was fetched. */
    async accept(sourceId: string): Promise<AcceptOutcome> {
      const list = decodeFinishedList(await redis.hget(keys.sourceState(sourceId), 'quarantine'))
      if (list === undefined) return 'nothing-put-aside'
      const outcome = await publishList(options, sourceId, list)
      if (outcome === 'published' || outcome === 'unchanged') return 'accepted'
      // Its time is over, or a newer list is the good one.
      await redis.hset(keys.sourceState(sourceId), 'quarantine', '')
      return 'nothing-put-aside'
    },
  }
}

function decodeFinishedList(text: string | null): FinishedList | undefined {
  const { version, fields, contentHash, state } = parseObject(text) ?? {}
  if (typeof version !== 'number' || typeof fields !== 'number' || typeof contentHash !== 'string') return undefined
  if (!Array.isArray(state) || !state.every((field) => typeof field === 'string')) return undefined
  return { version, fields, contentHash, state }
}
