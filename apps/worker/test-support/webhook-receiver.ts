import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Received = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** `Retry-After`: soon, so that no test waits. */
const HEADERS: Readonly<Record<number, Record<string, string>>> = {
  302: { Location: '/elsewhere' },
  503: { 'Retry-After': '1' },
}

/** Takes messages; its answers can be chosen, by path. */
export async function startWebhookReceiver() {
  const received: Received[] = []
  const statuses = new Map<string, number[]>()
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    received.push({ path, headers: request.headers, body })
    const status = statuses.get(path)?.shift() ?? 204
    response.writeHead(status, HEADERS[status] ?? {}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    received,
    at: (path: string) => received.filter((one) => one.path === path),
    /** The next answers of this path; then 204. */
    answer: (path: string, ...next: number[]) => void statuses.set(path, next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
