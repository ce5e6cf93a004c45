import type { Redis, RedisKeys } from '@kptv/redis'
import { loopMarksIn } from '@kptv/upstream'

/** Whether a request comes from this very cluster, by its `Via`. */
export type LoopGuard = (via: string | undefined) => Promise<boolean>

/**
 * An entry of a list may point at this proxy, also by way of a balancer: playing it would ask us for the channel that we ask for. Nodes tell their
 * incarnation when they ask an address that may be ours, and those of this cluster have a record in Redis. Throws when Redis does not answer.
 */
export function createLoopGuard({ redis, keys }: { redis: Pick<Redis, 'exists'>; keys: RedisKeys }): LoopGuard {
  return async (via) => {
    for (const incarnation of loopMarksIn(via)) if ((await redis.exists(keys.node(incarnation))) === 1) return true
    return false
  }
}
