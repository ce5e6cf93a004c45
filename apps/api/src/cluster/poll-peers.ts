/** Our own deadline is near while we wait. */
const ANSWER_MS = 250
const MAX_ANSWER_BYTES = 4_096
/** No cluster has more edges; forged records must not make us flood the network. */
const MAX_PEERS = 64

/**
 * Whether Redis refuses everyone, not only this node: no other node lives, or each one that does is
 * refused too. A peer that reaches Redis, or waits for it in vain, or does not answer us, may mean
 * that only we are cut off.
 *
 * @param peers with the address of their public port
 */
export async function pollPeers(peers: ReadonlyArray<{ readonly url: string }>): Promise<boolean> {
  if (peers.length > MAX_PEERS) return false
  const answers = await Promise.all(peers.map(({ url }) => poll(url)))
  return answers.every((answer) => answer !== 'not refused')
}

/** `gone`: the port is closed, so no process there holds or takes anything. */
async function poll(url: string): Promise<'refused' | 'gone' | 'not refused'> {
  try {
    // A peer never redirects.
    const response = await fetch(`${url}/readyz`, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) })
    const { redisRefuses } = JSON.parse(await readShort(response)) as { readonly redisRefuses?: unknown }
    return redisRefuses === true ? 'refused' : 'not refused'
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: unknown } }
    return cause?.code === 'ECONNREFUSED' ? 'gone' : 'not refused'
  }
}

async function readShort(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > MAX_ANSWER_BYTES) throw new RangeError('not the answer of a peer')
  }
  return text
}
