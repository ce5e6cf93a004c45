import type { Redis, RedisKeys } from '@kptv/redis'
import { loopMarksIn } from '@kptv/upstream'

/** Whether a request comes from a node of this cluster, by its `Via`. */
export type LoopGuard = (via: string | undefined) => Promise<boolean>

/**
 * A playlist entry may point at this proxy, also by way of a balancer: playing it would request the
 * same channel again. Nodes name their incarnation in requests to addresses that may be ours, and
 * incarnations of this cluster have a record in Redis. Throws when Redis does not answer.
 */
export function createLoopGuard({
  redis,
  keys,
}: {
  readonly redis: Pick<Redis, 'exists'>
  readonly keys: RedisKeys
}): LoopGuard {
  return async (via) => {
    for (const incarnation of loopMarksIn(via)) if ((await redis.exists(keys.node(incarnation))) === 1) return true
    return false
  }
}
