import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadDemoChannels } from './demo-channels.ts'
import { broadcast, type Clock } from './live-broadcast.ts'
import { renderDemoGuide } from './render-demo-guide.ts'
import { renderDemoPlaylist, renderLogo } from './render-demo-playlist.ts'

/** The two sources, as parts of the path. */
const DEMO_SOURCES = ['one', 'two'] as const
/** Connections that each demo source allows at once, and enforces. */
export const DEMO_LIMIT = 3

type Off = Set<string>

type DemoProvider = AsyncDisposable & {
  readonly port: number
  /** In the format of `SOURCES`. */
  readonly sources: string
}

type DemoOptions = {
  /** Address to listen on; by default this machine only. */
  readonly host?: string
  readonly port?: number
  readonly clock?: Clock
}

/**
 * A provider with two sources of three channels that really play.
 *
 * `POST /one/off` switches a source off (its connections are cut, new ones refused) and `POST
 * /one/on` on again, to watch failover.
 */
export async function startDemoProvider({
  host = '127.0.0.1',
  port = 0,
  clock = performanceClock,
}: DemoOptions = {}): Promise<DemoProvider> {
  const channels = loadDemoChannels()
  const startedMs = clock.monotonicMs()
  const off: Off = new Set()
  const open = new Map<string, Set<ServerResponse>>(DEMO_SOURCES.map((source) => [source, new Set()]))

  const server = createServer((request, response) => {
    const route =
      /^\/(one|two)\/(?:(playlist\.m3u|guide\.xml|on|off)|(stream|logo)\/(red|green|blue)\.(?:ts|svg))$/.exec(
        request.url ?? '',
      )
    const source = route?.[1] ?? ''
    const channel = channels.find(({ id }) => id === route?.[4])
    const action = route?.[2] ?? route?.[3] ?? ''
    if (action === 'on' || action === 'off') return switchSource(request, response, { source, action })
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'GET only')
    if (action === 'playlist.m3u') {
      const base = `http://${request.headers.host ?? `127.0.0.1:${port}`}/${source}`
      return send(response, 'application/vnd.apple.mpegurl', { body: renderDemoPlaylist(channels, base) })
    }
    if (action === 'guide.xml')
      return send(response, 'application/xml', { body: renderDemoGuide(channels, Date.now()) })
    if (channel === undefined) return say(response, 404, 'not here')
    if (action === 'logo') return send(response, 'image/svg+xml', { body: renderLogo(channel) })
    return play(response, source, channel.clip)
  })

  function play(response: ServerResponse, source: string, clip: Buffer): void {
    const connections = open.get(source) ?? new Set()
    if (off.has(source)) return say(response, 503, 'switched off')
    if (connections.size >= DEMO_LIMIT) return say(response, 509, 'too many connections')
    connections.add(response)
    response.once('close', () => connections.delete(response))
    response.writeHead(200, { 'content-type': 'video/mp2t', 'cache-control': 'no-store' })
    broadcast(clip, response, { clock, startedMs })
  }

  function switchSource(
    request: IncomingMessage,
    response: ServerResponse,
    to: { readonly source: string; readonly action: 'on' | 'off' },
  ): void {
    if (request.method !== 'POST') return say(response, 405, 'POST only')
    if (to.action === 'on') off.delete(to.source)
    else off.add(to.source)
    if (to.action === 'off') for (const connection of open.get(to.source) ?? []) connection.destroy()
    say(response, 200, `source ${to.source} is ${to.action}`)
  }

  const listening = await listen(server, { host, port })
  return {
    port: listening,
    sources: DEMO_SOURCES.map((source) => `http://127.0.0.1:${listening}/${source}/playlist.m3u|${DEMO_LIMIT}`).join(
      ',',
    ),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

const performanceClock: Clock = { monotonicMs: () => performance.now() }

function say(response: ServerResponse, status: number, sentence: string): void {
  send(response, 'text/plain', { status, body: `${sentence}\n` })
}

function send(
  response: ServerResponse,
  type: string,
  { status = 200, body }: { readonly status?: number; readonly body: string },
): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body)
}

/**
 * @returns the port
 * @throws the error of `listen`, such as a port in use
 */
async function listen(server: Server, address: { readonly host: string; readonly port: number }): Promise<number> {
  server.listen(address)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
