import { type ClusterEvent, type EventFacts, writtenEvent } from '@kptv/contract'
import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'

/** Older ones are forgotten. */
export const MAX_EVENTS = 1_000

const appendEvent = defineScript<readonly [kept: number, event: string, once: string], boolean>({
  file: new URL('./append-event-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

export type NewEvent = {
  readonly at: number
  readonly node: string
  readonly facts: EventFacts
  /** The same for all nodes that report this event: it is kept once. */
  readonly once?: string
}

export type EventLog = ReturnType<typeof createEventLog>

/** The last events of the cluster. Every function throws when Redis does not answer. */
export function createEventLog({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }) {
  const key = keys.events

  return {
    async append({ once = '', ...event }: NewEvent): Promise<void> {
      await appendEvent(redis, [key], [MAX_EVENTS, JSON.stringify(event), once])
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
