import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Programme } from '@kptv/guide'
import { execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'
import { watchNumber } from '../watch-number.ts'
import type { GuideInfo } from './guide-writer.ts'
import { unpackProgrammes } from './programme-pack.ts'

export type GuideStore = ReturnType<typeof createGuideStore>

/**
 * Reads the current guide. A number always names the same guide, which stays readable for 10
 * minutes after it was replaced. All functions throw when Redis does not answer.
 */
export function createGuideStore(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /**
   * Connection of role `subscriber`, may be shared. Without it changes are noticed by the poll
   * alone.
   */
  readonly subscriber?: Redis
  readonly pollMs?: number
}) {
  const { redis, keys, subscriber, pollMs = 5_000 } = options

  /** Number of the current guide; `undefined` before the first one. */
  async function current(): Promise<number | undefined> {
    const number = Number((await redis.get(keys.guideCurrent)) ?? Number.NaN)
    return Number.isSafeInteger(number) && number > 0 ? number : undefined
  }

  return {
    current,

    /** Calls the listener with the current number, and with each new one. */
    onChange: (listener: (number: number) => void): AsyncDisposable =>
      watchNumber({ read: current, subscriber, hints: keys.guideChanged, pollMs }, listener),

    async info(number: number): Promise<GuideInfo | undefined> {
      const { builtAt, inputs, channels, programmes, matched } = await redis.hgetall(keys.guideInfo(number))
      if (builtAt === undefined || inputs === undefined) return undefined
      const counts = { channels: Number(channels), programmes: Number(programmes), matched: Number(matched ?? 0) }
      return { builtAt, inputs, ...counts }
    },

    /** The channels among these that have programmes. */
    async withProgrammes(number: number, channelIds: readonly string[]): Promise<ReadonlySet<string>> {
      const pipeline = redis.pipeline()
      for (const id of channelIds) pipeline.hexists(keys.guideMerged(number), id)
      const replies = await execOrThrow(pipeline)
      return new Set(channelIds.filter((_, index) => replies[index] === 1))
    },

    /**
     * Programmes of each channel, sorted and without overlaps, in the order of the ids; empty for a
     * channel without a guide. Other work gets its turn between two channels: unpacking one takes
     * milliseconds.
     */
    async *programmes(number: number, channelIds: readonly string[]): AsyncGenerator<Programme[]> {
      if (channelIds.length === 0) return
      const packs = await redis.hmgetBuffer(keys.guideMerged(number), ...channelIds)
      for (const pack of packs) {
        yield unpackProgrammes(pack)
        await nextTurn()
      }
    },
  }
}
