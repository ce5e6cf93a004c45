import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from '@kptv/testkit'

type RandomBalancer = { readonly url: string; [Symbol.asyncDispose](): Promise<void> }

/**
 * A balancer without any memory: each request goes to another edge, by chance. An edge that is
 * gone, or has no answer, is passed over.
 */
export async function startRandomBalancer(edges: readonly string[], random: Random): Promise<RandomBalancer> {
  const server = createServer(async (request, response) => {
    const first = random.below(edges.length)
    let answer: { readonly status: number; readonly type: string; readonly body: Buffer } | undefined
    for (const edge of [...edges.slice(first), ...edges.slice(0, first)]) {
      answer = (await fetchFrom(`${edge}${request.url}`)) ?? answer
      if (answer !== undefined && answer.status < 500) break
    }
    response.writeHead(answer?.status ?? 502, { 'content-type': answer?.type ?? 'text/plain' }).end(answer?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The whole answer: a player sees none that was cut. */
async function fetchFrom(url: string) {
  try {
    const answer = await fetch(url)
    const body = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', body }
  } catch {
    return undefined
  }
}
