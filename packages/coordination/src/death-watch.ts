import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis, RedisKeys } from '@kptv/redis'

/** Between the two readings that prove a death. */
export const proofIntervalMs = 150

/**
 * Tells whether another process still exists. Each process subscribes to a channel of its own; the kernel closes that
 * connection when the process dies, so 0 subscribers means gone, while a frozen process still counts 1.
 *
 * One reading proves nothing (the watched process may be reconnecting), so {@link createSlots} also demands that the
 * process has renewed nothing for a second. In a Redis Cluster the count covers one node only: not supported yet.
 */
export function createDeathWatch(options: {
  /** For counting subscribers. */
  redis: Redis
  /** A connection of role `subscriber`; may be shared with other subscriptions. */
  subscriber: Redis
  keys: RedisKeys
  incarnation: string
}) {
  const { redis, subscriber, keys, incarnation } = options

  async function hasNoSubscriber(other: string): Promise<boolean> {
    const [, count] = (await redis.pubsub('NUMSUB', keys.alive(other))) as [string, number]
    return Number(count) === 0
  }

  return {
    /** Resolves when others can see that this process is alive. Call it before the first slot is taken. */
    async start(): Promise<void> {
      await subscriber.subscribe(keys.alive(incarnation))
    },

    /** True when the process with this incarnation was seen without a subscription twice. Throws when Redis is away. */
    async isGone(other: string): Promise<boolean> {
      if (other === incarnation || !(await hasNoSubscriber(other))) return false
      await sleep(proofIntervalMs)
      return hasNoSubscriber(other)
    },
  }
}

export type DeathWatch = ReturnType<typeof createDeathWatch>
