import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { isBlockedPort } from '../check-url.ts'
import type { OpenedStream } from '../open-stream.ts'
import { type MediaPiece, NEW_INPUT } from '../open-stream.ts'
import type { HeaderList } from '../request-headers.ts'
import type { RequestPolicy } from '../request-once.ts'
import { toUpstreamError, type UpstreamError, upstreamError } from '../upstream-error.ts'
import { type FfmpegProcess, startFfmpeg, toTransportStream } from './ffmpeg-process.ts'
import type { Ffmpeg } from './find-ffmpeg.ts'

export type OpenFfmpegRequest = Pick<RequestPolicy, 'signal' | 'allowAddress' | 'mayConnect' | 'timeouts'> & {
  /** `rtsp:`, `rtmp:`, `rtmps:`, `udp:` or `rtp:`. */
  readonly url: string
  /** Only `User-Agent` is of use, and only to RTSP. */
  readonly headers: HeaderList
  readonly ffmpeg: Ffmpeg | undefined
}

/** Addresses that are played through ffmpeg. */
export function needsFfmpeg(url: string): boolean {
  return Object.hasOwn(SCHEMES, schemeOf(url))
}

type Scheme = {
  readonly port: number
  /** All that ffmpeg may open; nothing else, whatever an answer says. */
  readonly protocols: string
  readonly parameters: (about: { timeoutUs: string; userAgent: string | undefined; url: URL }) => readonly string[]
  /** Options in the address would be options of ffmpeg. */
  readonly keepsQuery: boolean
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  rtsp: {
    port: 554,
    // Some servers in local networks speak UDP only.
    protocols: 'rtsp,rtp,tcp,udp',
    parameters: ({ timeoutUs, userAgent }) => [
      ...['-rtsp_flags', 'prefer_tcp', '-timeout', timeoutUs],
      ...(userAgent === undefined ? [] : ['-user_agent', userAgent]),
    ],
    keepsQuery: true,
  },
  rtmp: {
    port: 1935,
    protocols: 'rtmp,tcp',
    parameters: ({ timeoutUs, url }) => ['-rw_timeout', timeoutUs, '-rtmp_tcurl', tcUrlOf(url)],
    keepsQuery: true,
  },
  rtmps: {
    port: 443,
    protocols: 'rtmps,tls,tcp',
    parameters: ({ timeoutUs, url }) => ['-rw_timeout', timeoutUs, '-rtmp_tcurl', tcUrlOf(url)],
    keepsQuery: true,
  },
  udp: { port: 1234, protocols: 'udp', parameters: ({ timeoutUs }) => ['-timeout', timeoutUs], keepsQuery: false },
  // It knows no limit of silence; who reads the stream ends it.
  rtp: { port: 5004, protocols: 'rtp,udp', parameters: () => [], keepsQuery: false },
}

/** Subtitles come now and then: how long the rest may wait for them, in microseconds. */
const SPARSE = ['-max_interleave_delta', '1000000']

/**
 * Plays what ffmpeg can read and we cannot: streams are copied into a transport stream. The address is judged here, and ffmpeg gets what was
 * judged: no name to resolve again. `close` resolves when the process is gone, and with it its socket.
 *
 * @throws UpstreamError `needs-ffmpeg`, `bad-url`, `blocked-…`, `dns-…`
 */
export async function openThroughFfmpeg(request: OpenFfmpegRequest): Promise<OpenedStream> {
  const { ffmpeg, signal, timeouts } = request
  if (ffmpeg === undefined) throw upstreamError('needs-ffmpeg', request.url)
  const scheme = SCHEMES[schemeOf(request.url)]
  const url = parse(request.url)
  if (scheme === undefined || url === undefined) throw upstreamError('bad-url', request.url)
  const address = await judge(url, scheme, request)
  if (signal.aborted || request.mayConnect?.() === false) throw upstreamError('aborted', request.url)

  const userAgent = request.headers.findLast(([name]) => name.toLowerCase() === 'user-agent')?.[1]
  const process = startFfmpeg(ffmpeg, [
    ...['-protocol_whitelist', scheme.protocols, '-analyzeduration', '3000000', '-probesize', '2000000'],
    ...scheme.parameters({ timeoutUs: String(timeouts.responseMs * 1000), userAgent: printable(userAgent), url }),
    ...[
      '-i',
      pinned(url, scheme, address),
      '-map',
      '0:v:0?',
      '-map',
      '0:a?',
      '-map',
      '0:s?',
      ...SPARSE,
      ...toTransportStream(),
    ],
  ])
  return streamOf(process, request)
}

function streamOf(process: FfmpegProcess, { url, signal }: OpenFfmpegRequest): OpenedStream {
  async function* media(): AsyncGenerator<MediaPiece> {
    // ffmpeg lets the clock begin anew with each connection.
    yield NEW_INPUT
    for await (const chunk of process.stdout) yield chunk as Buffer
    if ((await process.ended) !== 0) throw upstreamError(signal.aborted ? 'aborted' : 'ffmpeg-failed', url)
  }
  const body = Readable.from(media(), { objectMode: true, highWaterMark: 1 })
  // A late error, after everybody has left, must not end the process.
  body.on('error', () => {})
  const close = async (): Promise<void> => {
    body.destroy()
    await process.kill()
  }
  const abort = (): void => void close()
  signal.addEventListener('abort', abort, { once: true })
  body.once('close', () => {
    signal.removeEventListener('abort', abort)
    void close()
  })
  return { body, contentType: undefined, close, closed: process.ended.then(() => undefined) }
}

function schemeOf(url: string): string {
  return /^([a-z]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? ''
}

/** As http, because addresses of other schemes are not taken apart in the same way. `udp://@239.0.0.1:1234` is the usual form of a group. */
function parse(text: string): URL | undefined {
  const address = text.replace(/^[a-z]+:\/\/@?/i, 'http://')
  return URL.canParse(address) ? new URL(address) : undefined
}

async function judge(url: URL, scheme: Scheme, { allowAddress, timeouts }: OpenFfmpegRequest): Promise<string> {
  if (isBlockedPort(Number(url.port || scheme.port))) throw upstreamError('blocked-port', url)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const found = isIP(host) !== 0 ? [host] : await resolve(host, { url, timeoutMs: timeouts.connectMs })
  const allowed = found.find((address) => allowAddress(address, url.hostname))
  if (allowed === undefined) throw upstreamError('blocked-address', url)
  return allowed
}

async function resolve(host: string, { url, timeoutMs }: { url: URL; timeoutMs: number }): Promise<string[]> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(upstreamError('connect-timeout', url)), timeoutMs)
  try {
    const found = await Promise.race([lookup(host, { all: true }), late.promise])
    return found.map(({ address }) => address)
  } catch (error) {
    throw toUpstreamError(error, url) satisfies UpstreamError
  } finally {
    clearTimeout(timer)
  }
}

/** The address with the judged host in it. */
function pinned(url: URL, scheme: Scheme, address: string): string {
  const login = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`
  const host = isIP(address) === 6 ? `[${address}]` : address
  const name = Object.keys(SCHEMES).find((key) => SCHEMES[key] === scheme)
  const port = url.port || scheme.port
  return scheme.keepsQuery
    ? `${name}://${login}${host}:${port}${url.pathname}${url.search}`
    : `${name}://${host}:${port}`
}

/** Servers tell their customers apart by the name that the client says it has asked for. */
function tcUrlOf({ host, pathname }: URL): string {
  return `rtmp://${host}/${pathname.split('/')[1] ?? ''}`
}

function printable(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x20-\x7e]{1,256}$/.test(text) ? text : undefined
}
