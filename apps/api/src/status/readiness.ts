import type { ReadinessAnswer } from '@kptv/contract'

/** What is known at one moment. */
export type ReadinessFacts = Omit<ReadinessAnswer, 'status' | 'reasons'> & {
  /**
   * For how long Redis has been silent for the other nodes that answered, as they say.
   * Milliseconds.
   */
  readonly peersSilentMs: readonly number[]
}

/**
 * Nodes notice a silent Redis up to this long after one another: a command may take 2 s, and each
 * samples once a second.
 */
const NOTICE_MS = 4_000

/**
 * Whether a balancer may send viewers here. An outage that all nodes share takes none of them out:
 * playlists come from memory, viewers of leaders go on, and an error with a reason from a node is
 * better than one from the balancer.
 */
export function judgeReadiness({ peersSilentMs, ...facts }: ReadinessFacts): ReadinessAnswer {
  const isAway = !facts.redis && !facts.redisRefuses
  // Another node has heard Redis since it fell silent here.
  const isCutOff = isAway && peersSilentMs.some((silentMs) => silentMs + NOTICE_MS < facts.redisSilentMs)
  const own: ReadinessAnswer['reasons'][number][] = []
  if (facts.draining) own.push('draining')
  if (isCutOff) own.push('cut-off')
  const shared: ReadinessAnswer['reasons'][number][] = []
  if (!facts.redis) shared.push('redis-away')
  if (facts.redis && !facts.catalog) shared.push('catalog-missing')
  if (facts.redis && !facts.warm) shared.push('warming-up')
  const status = own.length > 0 ? 'not ready' : shared.length > 0 ? 'degraded' : 'ready'
  return { status, reasons: [...own, ...shared], ...facts }
}
