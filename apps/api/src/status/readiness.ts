import type { ReadinessAnswer } from '@kptv/contract'

/** The facts at one moment. */
export type ReadinessFacts = Omit<ReadinessAnswer, 'status' | 'reasons'> & {
  /** How long Redis has been silent for the other nodes that answered, in milliseconds. */
  readonly peersSilentMs: readonly number[]
}

/**
 * Nodes notice a silent Redis up to this long after one another: a command may take 2 s, and each
 * samples once a second.
 */
const NOTICE_MS = 4_000

/**
 * Whether a balancer may send viewers here. An outage that all nodes share makes none of them
 * unready: playlists come from memory, viewers of leaders continue, and an error with a reason from
 * a node is better than one from the balancer.
 */
export function judgeReadiness({ peersSilentMs, ...facts }: ReadinessFacts): ReadinessAnswer {
  const isAway = !facts.redis && !facts.redisRefuses
  // Redis has answered another node since it fell silent here.
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
