import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis, RedisKeys } from '@kptv/redis'
import type { Incarnation } from './incarnation.ts'

/** Between the two readings that prove a death. */
export const proofIntervalMs = 150

/**
 * Tells whether another process still exists. Each process subscribes to a channel of its own; the kernel closes that
 * connection when the process dies, so 0 subscribers means gone, while a frozen process still counts 1.
 *
 * The readings prove nothing alone (the watched process may be reconnecting), so those who act on them also demand that
 * it has renewed nothing for a second; and a process whose own watch is down stops before that second is over. In a Redis Cluster
 * the count covers one node only: not supported yet.
 */
export function createDeathWatch(options: {
  /** For counting subscribers. */
  redis: Redis
  /** A connection of role `subscriber`; may be shared with other subscriptions. */
  subscriber: Redis
  keys: RedisKeys
  incarnation: Incarnation
}) {
  const { redis, subscriber, keys, incarnation } = options
  let watched: string | undefined
  let isConfirmed = false

  /** Subscribes under the present incarnation, and leaves the channel of an earlier one. */
  async function start(): Promise<void> {
    const { id } = incarnation
    const old = watched
    watched = id
    isConfirmed = false
    await subscriber.subscribe(keys.alive(id))
    isConfirmed = watched === id
    if (old !== undefined && old !== id) await subscriber.unsubscribe(keys.alive(old))
  }

  subscriber.on('close', () => {
    isConfirmed = false
  })
  subscriber.on('ready', () => {
    // The connection restores its subscriptions itself; only Redis' answer tells that others see it.
    if (watched !== undefined) start().catch(() => undefined)
  })

  async function hasNoSubscriber(other: string): Promise<boolean> {
    const [, count] = (await redis.pubsub('NUMSUB', keys.alive(other))) as [string, number]
    return Number(count) === 0
  }

  return {
    /** Resolves when others can see that this process is alive. Call it before anything is taken. */
    start,

    /** Whether others see this process now, as far as it knows. */
    isWatched: (): boolean => isConfirmed,

    /** True when the process with this incarnation was seen without a subscription twice. Throws when Redis is away. */
    async isGone(other: string, intervalMs: number = proofIntervalMs): Promise<boolean> {
      if (other === incarnation.id || !(await hasNoSubscriber(other))) return false
      await sleep(Math.max(intervalMs, proofIntervalMs))
      return hasNoSubscriber(other)
    },
  }
}

export type DeathWatch = ReturnType<typeof createDeathWatch>
