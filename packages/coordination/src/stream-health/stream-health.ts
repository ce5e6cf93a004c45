import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import { MAX_ASKED_MS } from '../retry-after.ts'

const MAX_REST_MS = 3_600_000
// Longer than the longest rest: a stream that fails again right after it must not look fresh.
const COUNT_LIFETIME_MS = 2 * MAX_REST_MS

type FailureArguments = readonly [most: number, firstRestMs: number, longestRestMs: number, lifetimeMs: number]

const recordFailure = defineScript<FailureArguments, number>({
  file: new URL('./record-failure-2.lua', import.meta.url),
  parse: Number,
})

export type StreamHealth = ReturnType<typeof createStreamHealth>

/**
 * Which streams the whole cluster leaves alone for a while, judged by Redis' clock.
 * Every function throws when Redis does not answer.
 */
export function createStreamHealth(options: {
  redis: Redis
  keys: RedisKeys
  /** MAX_FAILURES_BEFORE_BLOCK: so many failures in a row, on any node, block a stream. */
  maxFailuresBeforeBlock: number
  /** The first rest; doubled each time the stream fails again after it, up to 1 h. */
  restMs: number
}) {
  const { redis, keys, maxFailuresBeforeBlock, restMs } = options
  const healthKeys = (streamId: string) => [keys.streamFailures(streamId), keys.streamBlocked(streamId)]

  return {
    /** Counts one failure each; answers those that are blocked now, with the ms that remain. */
    async failed(...streamIds: string[]): Promise<Map<string, number>> {
      const args = [maxFailuresBeforeBlock, restMs, MAX_REST_MS, COUNT_LIFETIME_MS] as const
      const record = async (id: string) => [id, await recordFailure(redis, healthKeys(id), args)] as const
      return onlyBlocked(await Promise.all(streamIds.map(record)))
    },

    /** The provider asks us to leave the stream alone for so long; a longer rest goes on. */
    async rest(streamId: string, restMs: number): Promise<void> {
      const blocked = keys.streamBlocked(streamId)
      const boundedMs = Math.min(Math.max(1, Math.round(restMs)), MAX_ASKED_MS)
      await redis.set(blocked, 'retry-after', 'PX', boundedMs, 'NX')
      await redis.pexpire(blocked, boundedMs, 'GT')
    },

    /** The stream played: forget its failures and rests. */
    async succeeded(streamId: string): Promise<void> {
      await redis.del(...healthKeys(streamId))
    },

    /** The streams among these that rest now, with the ms that remain. Streams that may be tried are not in it. */
    async blockedUntil(streamIds: readonly string[]): Promise<Map<string, number>> {
      const read = async (id: string) => [id, await redis.pttl(keys.streamBlocked(id))] as const
      return onlyBlocked(await Promise.all(streamIds.map(read)))
    },
  }
}

function onlyBlocked(remaining: ReadonlyArray<readonly [streamId: string, remainingMs: number]>): Map<string, number> {
  return new Map(remaining.filter(([, remainingMs]) => remainingMs > 0))
}
