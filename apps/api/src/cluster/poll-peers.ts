/** The own deadline is near while this is asked. */
const ANSWER_MS = 250

/**
 * Whether Redis refuses everybody, not just this node: no other node lives, or every one that does is refused too. One that
 * reaches Redis, or waits for it in vain, or does not answer us, may mean that only we are cut off.
 *
 * @param peers with the address of their public port
 */
export async function pollPeers(peers: ReadonlyArray<{ readonly url: string }>): Promise<boolean> {
  if (peers.length === 0) return true
  const answers = await Promise.all(peers.map(({ url }) => ask(url)))
  return answers.every((answer) => answer !== 'not refused')
}

/** `gone`: nobody listens there any more, so nobody holds or takes anything there. */
async function ask(url: string): Promise<'refused' | 'gone' | 'not refused'> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
    const { redisRefuses } = (await response.json()) as { redisRefuses?: unknown }
    return redisRefuses === true ? 'refused' : 'not refused'
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } }
    return cause?.code === 'ECONNREFUSED' ? 'gone' : 'not refused'
  }
}
