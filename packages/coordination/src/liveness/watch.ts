import { setTimeout as sleep } from 'node:timers/promises'
import { isCluster, type Redis, type RedisKeys } from '@kptv/redis'
import type { Incarnation } from '../incarnation.ts'
import type { WarmUp } from '../warm-up/warm-up.ts'
import { subscribeOnRedisCluster } from './redis-cluster-subscription.ts'
import { subscribeOnServer } from './subscription.ts'

/** Between the two readings that prove a death. */
export const PROOF_INTERVAL_MS = 150

/**
 * Finds out whether another process still exists. Each process subscribes to its own channel; the
 * kernel closes that connection when the process dies, so 0 subscribers means gone, while a frozen
 * process still counts as 1.
 *
 * The readings alone prove nothing (the watched process may be reconnecting), so callers that act
 * on them also require that it has renewed nothing for a second; and a process whose own watch is
 * down stops before that second is over.
 */
export function createLivenessWatch(options: {
  /** For counting subscribers. */
  readonly redis: Redis
  /**
   * A connection of role `subscriber`; may be shared with other subscriptions. The watch ends with
   * it.
   */
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly incarnation: Incarnation
  readonly warmUp: Pick<WarmUp, 'check'>
}) {
  const { redis, subscriber, keys, incarnation, warmUp } = options
  const subscription = isCluster(redis)
    ? subscribeOnRedisCluster(redis, subscriber)
    : subscribeOnServer({ redis, subscriber })

  /** The server that saw no subscriber; undefined if there is a subscriber. */
  async function countedNone(name: string): Promise<{ readonly runId: string | undefined } | undefined> {
    const { listeners, runId } = await subscription.count(name)
    return listeners === 0 ? { runId } : undefined
  }

  /**
   * In a Redis Cluster the count comes from one server, and a server that has just taken over or
   * started does not know any subscriber yet. Its count matters only if it is the same server in
   * both readings and has been there for a warm-up: by then a living process has found it, or has
   * stopped at its deadline.
   */
  async function maySpeak(name: string, runId: string | undefined): Promise<boolean> {
    if (runId === undefined) return true
    const state = await warmUp.check(name)
    return state.runId === runId && state.warmInMs <= 0
  }

  return {
    /**
     * Subscribes under the present incarnation. Resolves when others can see that this process is
     * alive; call it before anything is taken.
     */
    start: (): Promise<void> => subscription.listen(keys.alive(incarnation.id)),

    /** For the heartbeat: Redis has another memory, so it may be another server. */
    renew: subscription.renew,

    /** Whether others see this process now, as far as it knows. */
    isWatched: subscription.isHeld,

    /**
     * True when this incarnation was seen without a subscription twice. Throws when Redis does not
     * answer.
     */
    async isGone(other: string, intervalMs: number = PROOF_INTERVAL_MS): Promise<boolean> {
      const name = keys.alive(other)
      const first = other === incarnation.id ? undefined : await countedNone(name)
      if (first === undefined) return false
      await sleep(Math.max(intervalMs, PROOF_INTERVAL_MS))
      const second = await countedNone(name)
      return second !== undefined && second.runId === first.runId && (await maySpeak(name, first.runId))
    },
  }
}

export type LivenessWatch = ReturnType<typeof createLivenessWatch>
