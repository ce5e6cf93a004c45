import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import { machineOf } from '../nodes/machine.ts'
import { MAX_ASKED_MS } from '../retry-after.ts'

const MAX_REST_MS = 3_600_000
// Longer than the longest rest: a stream that fails again right after it must not look fresh.
const COUNT_LIFETIME_MS = 2 * MAX_REST_MS

type FailureArguments = readonly [
  machine: string,
  neededMachines: number,
  maxFailures: number,
  firstRestMs: number,
  longestRestMs: number,
  lifetimeMs: number,
]

const recordFailure = defineScript<FailureArguments, number>({
  file: new URL('./record-failure-2.lua', import.meta.url),
  parse: Number,
})

const readRest = defineScript<readonly [machine: string], number>({
  file: new URL('./read-rest-2.lua', import.meta.url),
  parse: Number,
})

export type StreamHealth = ReturnType<typeof createStreamHealth>

/**
 * Which streams the cluster leaves alone for a while, judged by Redis' clock. A failure that only
 * one machine has met may be its own fault, so it blocks a stream for that machine alone, unless
 * there is no other.
 *
 * Every function throws when Redis does not answer.
 */
export function createStreamHealth(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** NODE_ID of this process. */
  readonly nodeId: string
  /** Whether no other machine is alive, as far as this process knows. */
  readonly isAlone: () => boolean
  /** MAX_FAILURES_BEFORE_BLOCK: this many failures in a row block a stream. */
  readonly maxFailuresBeforeBlock: number
  /** The first rest; doubled each time the stream fails again after it, up to 1 h. */
  readonly restMs: number
}) {
  const { redis, keys, isAlone, maxFailuresBeforeBlock, restMs } = options
  const machine = machineOf(options.nodeId)
  const healthKeys = (streamId: string) => [keys.streamFailures(streamId), keys.streamBlocked(streamId)]

  return {
    /**
     * Counts one failure each. @returns the streams that this machine must leave alone now, with
     * the remaining ms
     */
    async failed(...streamIds: string[]): Promise<Map<string, number>> {
      const needed = isAlone() ? 1 : 2
      const args = [machine, needed, maxFailuresBeforeBlock, restMs, MAX_REST_MS, COUNT_LIFETIME_MS] as const
      const record = async (id: string) => [id, await recordFailure(redis, healthKeys(id), args)] as const
      return onlyBlocked(await Promise.all(streamIds.map(record)))
    },

    /** The provider wants the stream left alone for this long; a longer rest continues. */
    async rest(streamId: string, restMs: number): Promise<void> {
      const blocked = keys.streamBlocked(streamId)
      const boundedMs = Math.min(Math.max(1, Math.round(restMs)), MAX_ASKED_MS)
      await redis.set(blocked, 'retry-after', 'PX', boundedMs, 'NX')
      await redis.pexpire(blocked, boundedMs, 'GT')
    },

    /**
     * The stream played: its failures and rests are forgotten, including those of other machines.
     */
    async succeeded(streamId: string): Promise<void> {
      await redis.del(...healthKeys(streamId))
    },

    /** The streams among these that rest for this machine, with the remaining ms. */
    async blockedUntil(streamIds: readonly string[]): Promise<Map<string, number>> {
      const read = async (id: string) => [id, await readRest(redis, healthKeys(id), [machine])] as const
      return onlyBlocked(await Promise.all(streamIds.map(read)))
    },
  }
}

function onlyBlocked(remaining: ReadonlyArray<readonly [streamId: string, remainingMs: number]>): Map<string, number> {
  return new Map(remaining.filter(([, remainingMs]) => remainingMs > 0))
}
