import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { HlsFaults, HlsProviderOptions, HlsTruth } from './hls-options.ts'
import { keyOf, masterPlaylist, mediaPlaylist, SLOT_BYTES, segmentBytes } from './hls-playlists.ts'
import { createLiveEdge } from './live-edge.ts'

export type HlsProvider = AsyncDisposable & {
  /** Address of the channel in a catalogue. Its name does not mention HLS. */
  readonly url: string
  /** Address of an M3U list with the one channel. */
  readonly listUrl: string
  /** Replaces all faults. */
  setFaults(faults: HlsFaults): void
  truth(): HlsTruth
  /** How long the newest segment has been listed, in ms. */
  newestForMs(): number
  /** Counts afresh; what is open stays open. */
  resetTruth(): void
}

/**
 * A live HLS provider on the loopback, that counts its own sockets. The clock runs from its start,
 * no matter who watches.
 */
export async function startHlsProvider(options: HlsProviderOptions): Promise<HlsProvider> {
  const requests: HlsTruth['requests'] = []
  const tokens = new Map<string, { readonly expiresAtMs: number; requestsLeft: number }>()
  const cut = new Set<string>()
  let faults: HlsFaults = {}
  let frozenAt: number | undefined
  let openSockets = 0
  let mostSockets = 0
  let connections = 0

  const liveEdge = createLiveEdge(options)
  const liveNumber = liveEdge.newest
  const newest = (): number => (frozenAt ?? liveNumber()) - (faults.lagSegments ?? 0)

  const refuse = (response: ServerResponse, status: number) =>
    response.writeHead(status, { 'content-length': '0' }).end()

  const send = (
    response: ServerResponse,
    body: Buffer | string,
    answer: { readonly status?: number; readonly headers?: Record<string, string> } = {},
  ) =>
    response
      .writeHead(answer.status ?? 200, { 'content-length': String(Buffer.byteLength(body)), ...answer.headers })
      .end(body)

  const sendPlaylist = (request: IncomingMessage, response: ServerResponse, text: string) => {
    if (faults.playlistStatus !== undefined) return refuse(response, faults.playlistStatus)
    const etag = `"${Buffer.from(text).toString('base64url').slice(-40)}"`
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    // The type lies too.
    const type = { 'content-type': 'video/mp2t', etag }
    if (options.isGzipped) return send(response, gzipSync(text), { headers: { ...type, 'content-encoding': 'gzip' } })
    send(response, text, { headers: type })
  }

  const sendSegment = (
    response: ServerResponse,
    about: { readonly variant: number; readonly number: number; readonly name: string },
  ) => {
    const { variant, number, name } = about
    liveEdge.requested(number)
    const status = number > liveNumber() ? 404 : faults.segmentStatus?.(number)
    if (status !== undefined) return refuse(response, status)
    const bytes = segmentBytes(options, variant, number)
    const cutAt = cut.has(name) ? undefined : faults.cutAfterBytes?.(number)
    if (cutAt === undefined) return send(response, bytes, { headers: { 'content-type': 'text/html' } })
    cut.add(name)
    response.writeHead(200, { 'content-length': String(bytes.length) })
    response.write(bytes.subarray(0, cutAt), () => response.destroy())
  }

  const sendRange = (request: IncomingMessage, response: ServerResponse, variant: number) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const number = Math.floor(Number(from) / SLOT_BYTES)
    liveEdge.requested(number)
    const bytes = segmentBytes(options, variant, number)
    const part = bytes.subarray(Number(from) % SLOT_BYTES, (Number(to) % SLOT_BYTES) + 1)
    if (!faults.ignoresRanges) {
      return send(response, part, { status: 206, headers: { 'content-range': `bytes ${from}-${to}/*` } })
    }
    response.writeHead(200)
    for (let before = 0; before < number; before += 1) response.write(Buffer.alloc(SLOT_BYTES))
    response.end(bytes)
  }

  const sendFile = async (response: ServerResponse, folder: string, path: string) => {
    const number = Number(/(\d+)\.ts$/.exec(path)?.[1] ?? Number.NaN)
    const status = path.endsWith('.ts') ? faults.segmentStatus?.(number) : faults.playlistStatus
    if (status !== undefined) return refuse(response, status)
    const body = await readFile(join(folder, normalize(path))).catch(() => undefined)
    return body === undefined ? refuse(response, 404) : send(response, body)
  }

  const answer = (request: IncomingMessage, response: ServerResponse, path: string) => {
    if (options.folder !== undefined) return void sendFile(response, options.folder, path)
    const media = /^\/v(\d+)\/(.+)$/.exec(path)
    const variant = Number(media?.[1] ?? 0)
    const number = Number(/^s(\d+)\.ts$/.exec(media?.[2] ?? '')?.[1] ?? Number.NaN)
    const key = /^\/key(\d+)\.bin$/.exec(path)?.[1]
    if (path === '/master') return sendPlaylist(request, response, masterPlaylist(options))
    if (key !== undefined) return send(response, keyOf(Number(key)))
    if (media?.[2] === 'index.m3u8') {
      return sendPlaylist(request, response, mediaPlaylist(options, { variant, newest: newest(), faults }))
    }
    if (media?.[2] === 'header.mp4' && options.header) return send(response, options.header)
    if (media?.[2] === 'all.ts') return sendRange(request, response, variant)
    if (!Number.isNaN(number)) return sendSegment(response, { variant, number, name: path })
    refuse(response, 404)
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://provider')
    const [, token, tokenPath] = /^\/t\/([^/]+)(\/.*)$/.exec(pathname) ?? []
    response.once('close', () => {
      const { headers } = request
      const path = tokenPath ?? pathname
      requests.push({
        atMs: performance.now(),
        path,
        status: response.statusCode,
        range: headers.range,
        headers: headers as Record<string, string>,
      })
    })
    const entry = options.hasNoMaster ? '/v0/index.m3u8' : '/master'
    if (pathname === '/list.m3u') return send(response, `#EXTM3U\n#EXTINF:-1 tvg-name="Live",Live\n${url}\n`)
    if (pathname === ENTRY_PATH) {
      if (faults.playlistStatus !== undefined) return refuse(response, faults.playlistStatus)
      const fresh = crypto.randomUUID()
      tokens.set(fresh, {
        expiresAtMs: performance.now() + (options.tokenLifetimeMs ?? Number.POSITIVE_INFINITY),
        requestsLeft: options.tokenRequests ?? Number.POSITIVE_INFINITY,
      })
      return response.writeHead(302, { location: `/t/${fresh}${entry}` }).end()
    }
    const given = tokens.get(token ?? '')
    if (given === undefined || performance.now() > given.expiresAtMs || given.requestsLeft === 0) {
      return refuse(response, 403)
    }
    given.requestsLeft -= 1
    answer(request, response, tokenPath!)
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket) => {
    connections += 1
    openSockets += 1
    mostSockets = Math.max(mostSockets, openSockets)
    socket.on('error', () => {})
    socket.once('close', () => {
      openSockets -= 1
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${base}${ENTRY_PATH}`

  return {
    url,
    listUrl: `${base}/list.m3u`,
    setFaults(next) {
      faults = next
      frozenAt = next.isFrozen || next.isEnded ? (frozenAt ?? liveNumber()) : undefined
    },
    truth: () => ({ openSockets, mostSockets, connections, requests: [...requests] }),
    newestForMs: liveEdge.newestForMs,
    resetTruth() {
      requests.length = 0
      connections = openSockets
      mostSockets = openSockets
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const ENTRY_PATH = '/live/user/pass/1.ts'
