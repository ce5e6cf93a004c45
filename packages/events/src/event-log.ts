import { type ClusterEvent, type EventFacts, writtenEvent } from '@kptv/contract'
import type { Redis, RedisKeys } from '@kptv/redis'

/** Older ones are forgotten. */
export const MAX_EVENTS = 1_000
const FIELD = 'event'

export type EventLog = ReturnType<typeof createEventLog>

/** The last events of the cluster. Every function throws when Redis does not answer. */
export function createEventLog({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }) {
  const key = keys.events

  return {
    async append(event: { readonly at: number; readonly node: string; readonly facts: EventFacts }): Promise<void> {
      await redis.xadd(key, 'MAXLEN', '=', MAX_EVENTS, '*', FIELD, JSON.stringify(event))
    },

    /** The newest first. */
    async newest(limit = MAX_EVENTS): Promise<readonly ClusterEvent[]> {
      return decode(await redis.xrevrange(key, '+', '-', 'COUNT', limit))
    },

    /** Those that came later, the oldest first. @param id of an event, or of {@link latestId} */
    async after(id: string, limit = MAX_EVENTS): Promise<ClusterEvent[]> {
      return decode(await redis.xrange(key, `(${id}`, '+', 'COUNT', limit))
    },

    /** Of the newest event; before the first one, an id that is older than all. */
    async latestId(): Promise<string> {
      const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1)
      return newest?.[0] ?? '0-0'
    },
  }
}

/** What a newer version wrote and this one does not know is passed over. */
function decode(rows: ReadonlyArray<readonly [id: string, fields: readonly string[]]>): ClusterEvent[] {
  return rows.flatMap(([id, [, text = '']]) => {
    const { success, data } = writtenEvent.safeParse(parseJson(text))
    return success ? [{ id, ...data }] : []
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
