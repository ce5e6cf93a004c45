import { Readable } from 'node:stream'
import { loginIn } from '../digest-login.ts'
import { type MediaPiece, NEW_INPUT, type OpenedStream } from '../open-stream.ts'
import type { HeaderList } from '../request-headers.ts'
import type { RequestPolicy } from '../request-once.ts'
import { upstreamError } from '../upstream-error.ts'
import { type FfmpegProcess, startFfmpeg, toTransportStream } from './ffmpeg-process.ts'
import type { Ffmpeg } from './find-ffmpeg.ts'
import { connectJudged, judgedAddresses, type Target } from './judged-socket.ts'
import { type Carry, type Relay, startRelay } from './relay.ts'
import { carryRtsp } from './rtsp-relay.ts'

type OpenFfmpegRequest = Pick<RequestPolicy, 'signal' | 'allowAddress' | 'mayConnect' | 'timeouts' | 'tls'> & {
  /** `rtsp:`, `rtmp:` or `rtmps:`. */
  readonly url: string
  /** Only `User-Agent` is of use, and only to RTSP. */
  readonly headers: HeaderList
  readonly ffmpeg: Ffmpeg | undefined
}

/** Addresses that are played through ffmpeg. */
export function needsFfmpeg(url: string): boolean {
  return Object.hasOwn(PORTS, schemeOf(url))
}

const PORTS: Readonly<Record<string, number>> = { rtsp: 554, rtmp: 1935, rtmps: 443 }

/**
 * Plays streams that ffmpeg can read and we cannot: copies tracks into a transport stream. ffmpeg
 * connects to our relay on loopback, and may open nothing else; the relay connects only to allowed
 * addresses. No part of the provider's address is in ffmpeg's arguments, which every user of the
 * machine can read. `close` resolves when the process and all sockets are gone.
 *
 * @throws UpstreamError `needs-ffmpeg`, `bad-url`, `blocked-…`, `dns-…`
 */
export async function openThroughFfmpeg(request: OpenFfmpegRequest): Promise<OpenedStream> {
  const { ffmpeg, signal } = request
  if (ffmpeg === undefined) throw upstreamError('needs-ffmpeg', request.url)
  const scheme = schemeOf(request.url)
  const url = parse(request.url)
  if (url === undefined || !needsFfmpeg(request.url)) throw upstreamError('bad-url', request.url)
  const target = { host: url.hostname, port: Number(url.port || PORTS[scheme]), isTls: scheme === 'rtmps' }
  // Before anything is started; the relay checks again the addresses that it connects to.
  await judgedAddresses(target, request, url)
  if (signal.aborted || request.mayConnect?.() === false) throw upstreamError('aborted', request.url)

  const isRtsp = scheme === 'rtsp'
  const carry = isRtsp ? rtsp(url, request) : pipe(target, url, request)
  const relay = await startRelay(carry, { policy: request, url, asksForToken: isRtsp })
  const process = startFfmpeg(ffmpeg, [
    ...['-analyzeduration', '3000000', '-probesize', '2000000'],
    ...(isRtsp ? RTSP_INPUT : RTMP_INPUT),
    ...['-map', '0:V:0?', '-map', '0:a?', '-map', '0:s?', ...SPARSE, ...toTransportStream()],
  ])
  process.inputs[0]!.end(isRtsp ? rtspScript(relay, request) : rtmpScript(relay, url))
  return streamOf(process, relay, request)
}

/** Subtitles are sparse: how long other tracks may wait for them, in microseconds. */
const SPARSE = ['-max_interleave_delta', '1000000']

function rtsp(url: URL, request: OpenFfmpegRequest): Carry {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  const userAgent = request.headers.findLast(([name]) => name.toLowerCase() === 'user-agent')?.[1]
  return carryRtsp({ url: plain, login: loginIn(url), userAgent: printable(userAgent) }, request)
}

/**
 * Every user of the machine can read arguments, so secrets go into a script on the standard input.
 */
const scriptOf = (protocol: string): readonly string[] => [
  ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', `pipe,${protocol},tcp`, '-i', 'pipe:0'],
]

/** The token of the relay is a secret. */
const RTSP_INPUT = scriptOf('rtsp')

/** Media comes over the relay's connection: a UDP offer of a server would bypass it. */
function rtspScript({ address, token }: Relay, { timeouts }: OpenFfmpegRequest): string {
  return [
    'ffconcat version 1.0',
    `file ${quoted(`rtsp://${address}/${token}`)}`,
    'option rtsp_transport tcp',
    `option timeout ${timeouts.responseMs * 1000}`,
    '',
  ].join('\n')
}

/** All bytes of the connection, in both directions. */
function pipe(target: Target, url: URL, request: OpenFfmpegRequest): Carry {
  return (client, { fail, track }) => {
    connectJudged(target, request, url).then((provider) => {
      track(provider)
      client.pipe(provider).pipe(client)
      client.once('close', () => provider.destroy())
      if (client.destroyed) provider.destroy()
    }, fail)
  }
}

/** Names in RTMP are secrets as often as not. */
const RTMP_INPUT = scriptOf('rtmp')

function rtmpScript({ address }: Relay, url: URL): string {
  const login = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`
  // Servers distinguish their customers by the host name that the client claims to have requested.
  const askedFor = `rtmp://${url.host}/${url.pathname.split('/')[1] ?? ''}`
  return [
    'ffconcat version 1.0',
    `file ${quoted(`rtmp://${login}${address}${url.pathname}${url.search}`)}`,
    `option rtmp_tcurl ${quoted(askedFor)}`,
    '',
  ].join('\n')
}

/** An address has no line breaks, and ffmpeg has no escapes within quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '%27')}'`
}

function streamOf(process: FfmpegProcess, relay: Relay, { url, signal }: OpenFfmpegRequest): OpenedStream {
  async function* media(): AsyncGenerator<MediaPiece> {
    // ffmpeg restarts the clock with each connection.
    yield NEW_INPUT
    for await (const chunk of process.outputs[0]!) yield chunk as Buffer
    const ended = await process.ended
    if (signal.aborted) throw upstreamError('aborted', url)
    const failure = relay.failure()
    if (failure !== undefined) throw failure
    if (ended !== 0) throw upstreamError('ffmpeg-failed', url)
  }
  const body = Readable.from(media(), { objectMode: true, highWaterMark: 1 })
  // A late error without any reader must not end the process.
  body.on('error', () => {})
  const closed = Promise.withResolvers<void>()
  const close = async (): Promise<void> => {
    body.destroy()
    await Promise.all([process.kill(), relay.close()])
    closed.resolve()
  }
  const abort = (): void => void close()
  signal.addEventListener('abort', abort, { once: true })
  body.once('close', () => {
    signal.removeEventListener('abort', abort)
    void close()
  })
  return { body, contentType: undefined, close, closed: closed.promise }
}

function schemeOf(url: string): string {
  return /^([a-z]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? ''
}

/** As http, because addresses of other schemes are not parsed in the same way. */
function parse(text: string): URL | undefined {
  const address = text.replace(/^[a-z]+:\/\//i, 'http://')
  return URL.canParse(address) ? new URL(address) : undefined
}

function printable(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x20-\x7e]{1,256}$/.test(text) ? text : undefined
}
