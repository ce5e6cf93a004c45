import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FakeProvider } from './fake-provider.ts'

/**
 * What can be asked of a provider in another process; the body is the JSON array of the arguments.
 */
const STEERABLE_METHODS = [
  'truth',
  'resetTruth',
  'setFaults',
  'clearFaults',
  'cut',
  'resetTimeStamps',
  'setEntries',
  'setPlaylist',
  'setAccounts',
  'playlistUrl',
  'streamUrl',
] as const

type SteerableMethod = (typeof STEERABLE_METHODS)[number]

/** The same provider seen from another process: each method answers a promise. */
export type RemoteProvider = {
  [Method in SteerableMethod]: (
    ...args: Parameters<FakeProvider[Method]>
  ) => Promise<Awaited<ReturnType<FakeProvider[Method]>>>
}

/**
 * Opens a control port for a provider: `POST /<method>` with the arguments as a JSON array, answers
 * JSON. Loopback only.
 */
export async function serveControl(provider: FakeProvider, port = 0): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer(async (request, response) => {
    try {
      const method = STEERABLE_METHODS.find((name) => request.url === `/${name}`)
      if (method === undefined) throw new Error(`Unknown method; there are: ${STEERABLE_METHODS.join(', ')}`)
      const args: unknown[] = JSON.parse((await readBody(request)) || '[]')
      const answer = (provider[method] as (...args: unknown[]) => unknown)(...args)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null))
    } catch (error) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: String((error as Error).message) }))
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

/**
 * Steers a provider by its control port. @throws Error with the provider's message when it refuses.
 */
export function steerFakeProvider(controlUrl: string): RemoteProvider {
  const call = async (method: SteerableMethod, args: unknown[]) => {
    const response = await fetch(`${controlUrl}/${method}`, { method: 'POST', body: JSON.stringify(args) })
    const answer = await response.json()
    if (!response.ok) throw new Error(`Fake provider: ${(answer as { readonly error: string }).error}`)
    return answer
  }
  const methods = STEERABLE_METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)])
  return Object.fromEntries(methods) as RemoteProvider
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
