import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { Incarnation } from '../incarnation.ts'

/** A stream that has ended this many processes is not opened again. */
const DEATHS_BEFORE_QUARANTINE = 2
/** Longer than the quarantine: one more death after it is enough for the next. */
const DEATHS_REMEMBERED_MS = 2 * 3_600_000
const QUARANTINE_MS = 30 * 60_000
/** An unsupervised process must not leave its entries behind for ever. */
const OPEN_LIFETIME_MS = 24 * 3_600_000

type OpenState = 'unproven' | 'proven'

const noteOpenStream = defineScript<readonly [streamId: string, state: OpenState | '', lifetimeMs: number], number>({
  file: new URL('./note-open-stream-1.lua', import.meta.url),
  parse: Number,
})

type DeathArguments = readonly [cause: string, needed: number, rememberedMs: number, quarantineMs: number]

const recordDeath = defineScript<DeathArguments, number>({
  file: new URL('./record-death-2.lua', import.meta.url),
  parse: Number,
})

/**
 * Keeps one bad stream from travelling from node to node: when a leader dies of it, its successors
 * would die of it too. Every function throws when Redis does not answer.
 */
export function createQuarantine(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly incarnation: Pick<Incarnation, 'id'>
}) {
  const { redis, keys, incarnation } = options
  const note = (streamId: string, state: OpenState | '') =>
    noteOpenStream(redis, [keys.openStreams(incarnation.id)], [streamId, state, OPEN_LIFETIME_MS])

  return {
    /** Await it before opening the connection, or the supervisor will not know. */
    begin: (streamId: string): Promise<number> => note(streamId, 'unproven'),

    /** It has played for a while: it is not the first to be suspected. */
    proven: (streamId: string): Promise<number> => note(streamId, 'proven'),

    /** Its connection has closed. */
    end: (streamId: string): Promise<number> => note(streamId, ''),

    /** The streams among these that no process may open now, with the cause of the deaths. */
    async has(streamIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const causes = await Promise.all(streamIds.map((id) => redis.get(keys.streamQuarantined(id))))
      return new Map(streamIds.flatMap((id, index) => (causes[index] == null ? [] : [[id, causes[index]] as const])))
    },

    /** By a person's decision the stream may be opened again, as if no process had died of it. */
    async release(streamId: string): Promise<void> {
      await redis.del(keys.streamDeaths(streamId), keys.streamQuarantined(streamId))
    },
  }
}

/**
 * For the supervisor: a process has died through its own fault. Suspects the streams that it had
 * just opened, or all open ones if none is new. Throws when Redis does not answer.
 *
 * @param cause for people: `silent`, `out-of-memory`, `crashed`
 * @returns the suspects, with how many processes have died of each
 */
export async function blameOpenStreams(
  { redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys },
  incarnation: string,
  cause: string,
): Promise<ReadonlyMap<string, number>> {
  const open = Object.entries(await redis.hgetall(keys.openStreams(incarnation)))
  const unproven = open.filter(([, state]) => state === 'unproven')
  const suspects = (unproven.length > 0 ? unproven : open).map(([streamId]) => streamId)
  const args = [cause, DEATHS_BEFORE_QUARANTINE, DEATHS_REMEMBERED_MS, QUARANTINE_MS] as const
  const record = (id: string) => recordDeath(redis, [keys.streamDeaths(id), keys.streamQuarantined(id)], args)
  const deaths = await Promise.all(suspects.map(async (id) => [id, await record(id)] as const))
  await redis.del(keys.openStreams(incarnation))
  return new Map(deaths)
}
