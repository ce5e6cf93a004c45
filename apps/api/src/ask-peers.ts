/** The own deadline is near while this is asked. */
const ANSWER_MS = 250

/**
 * Whether Redis refuses everybody, not just this node: no other node lives, or those that answer do not reach Redis either.
 * One that does reach it, or no answer at all, means that only we are cut off.
 *
 * @param peers with the address of their public port
 */
export async function askPeers(peers: ReadonlyArray<{ readonly url: string }>): Promise<boolean> {
  if (peers.length === 0) return true
  const answers = await Promise.all(peers.map(({ url }) => reachesRedis(url)))
  return answers.includes('away') && !answers.includes('reached')
}

async function reachesRedis(url: string): Promise<'reached' | 'away' | 'no answer'> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
    const { redis } = (await response.json()) as { redis?: unknown }
    if (redis === true) return 'reached'
    return redis === false ? 'away' : 'no answer'
  } catch {
    return 'no answer'
  }
}
