import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a request is turned away: without an answer, or with a status. */
export type Denial = 'reset' | number

export type Gate = {
  /** `http://127.0.0.1:port`, no slash at the end. */
  readonly url: string
  /** From now on requests with this `User-Agent` are turned away; those that are open are cut. */
  deny(userAgent: string, how: Denial): void
  allowAll(): void
  /** Requests for streams that were let through, by `User-Agent`. */
  readonly admitted: ReadonlyMap<string, number>
  /** Those that were turned away, or cut. */
  readonly turnedAway: ReadonlyMap<string, number>
  [Symbol.asyncDispose](): Promise<void>
}

/** Stands before a provider and tells nodes apart by their `User-Agent`, as a route or a ban tells them apart by address. */
export async function startGate(targetPort: number): Promise<Gate> {
  const denied = new Map<string, Denial>()
  const open = new Map<IncomingMessage, ServerResponse>()
  const admitted = new Map<string, number>()
  const turnedAway = new Map<string, number>()
  const count = (counts: Map<string, number>, agent: string): void =>
    void counts.set(agent, (counts.get(agent) ?? 0) + 1)

  const turnAway = (request: IncomingMessage, response: ServerResponse, how: Denial): void => {
    count(turnedAway, request.headers['user-agent'] ?? '')
    if (how === 'reset' || response.headersSent) request.socket.resetAndDestroy()
    else response.writeHead(how).end()
  }
  const server = createServer((request, response) => {
    const agent = request.headers['user-agent'] ?? ''
    const how = denied.get(agent)
    const isStream = !request.url?.startsWith('/get.php')
    response.on('error', () => undefined)
    if (how !== undefined && isStream) return turnAway(request, response, how)
    if (isStream) count(admitted, agent)
    open.set(request, response)
    const { method, url: path, headers } = request
    const upstream = forward({ port: targetPort, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    upstream.on('error', () => response.destroy())
    response.on('close', () => {
      open.delete(request)
      upstream.destroy()
    })
    upstream.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    admitted,
    turnedAway,
    deny(userAgent, how) {
      denied.set(userAgent, how)
      for (const [request, response] of open) {
        if (request.headers['user-agent'] === userAgent) turnAway(request, response, how)
      }
    },
    allowAll: () => denied.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
