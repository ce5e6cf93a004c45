import type { ByteRange } from '@kptv/hls'
import { type FinalAnswer, followRedirects, isSuccess } from '../follow-redirects.ts'
import { inflateList } from '../inflate-list.ts'
import { createKeptConnection } from '../kept-connection.ts'
import { limitWaiting } from '../limit-waiting.ts'
import type { OpenStreamRequest } from '../open-stream.ts'
import { unpackIfPacked } from '../packing.ts'
import { answerError, upstreamError } from '../upstream-error.ts'

/** A playlist as text, and its final address, the base of its relative addresses. Holds tokens. */
export type PlaylistDocument = { readonly text: string; readonly url: URL; readonly validators: Validators }

type Validators = Readonly<Record<string, string>>

/**
 * All requests of one HLS session: one after the other, on one connection, with the cookies of
 * earlier responses.
 */
export type HlsRequests = ReturnType<typeof createHlsRequests>

const PLAYLIST_LIMITS = { downloadBytes: 2 * 1024 ** 2, inflatedBytes: 2 * 1024 ** 2, ratio: 1_000, totalMs: 0 }
/**
 * The limits of one segment. Only the time spent waiting for the provider counts, not our own
 * reading.
 */
const SEGMENT_LIMITS = { bytes: 128 * 1024 ** 2, waitingMs: 60_000 }
const MAX_PLAYLIST_MS = 60_000
const IDLE_MS = 5_000
const RESPONSE_MS = 10_000
const KEY_BYTES = 16
/** A key that was saved as a text file ends with them. */
const LINE_END_BYTES = 2

export function createHlsRequests(request: OpenStreamRequest, limits: typeof SEGMENT_LIMITS = SEGMENT_LIMITS) {
  const connection = createKeptConnection(request)
  const { timeouts, session } = request
  let over = new AbortController()
  const policy = {
    ...request,
    connection,
    timeouts: { ...timeouts, responseMs: Math.min(timeouts.responseMs, RESPONSE_MS) },
  }
  const owner = request.owner ?? new URL(request.url)
  const ask = (url: URL, extraHeaders: Record<string, string>): Promise<FinalAnswer> =>
    followRedirects(
      { url: url.href, headers: request.headers, extraHeaders, session, owner },
      { ...policy, signal: AbortSignal.any([request.signal, over.signal]) },
    )

  async function refuse(answer: FinalAnswer): Promise<never> {
    await answer.close()
    throw answerError(answer)
  }

  return {
    /** `undefined`: unchanged, by its validators. */
    async playlist(url: URL, validators: Validators = {}): Promise<PlaylistDocument | undefined> {
      const inline = inlineBytes(url)
      if (inline !== undefined) return { text: inline.toString('utf8'), url, validators: {} }
      const answer = await ask(url, { 'Accept-Encoding': 'gzip', ...validators })
      if (answer.status === 304 && Object.keys(validators).length > 0) {
        for await (const _ of limitWaiting(answer, { idleMs: IDLE_MS }));
        return undefined
      }
      if (!isSuccess(answer)) return refuse(answer)
      return readPlaylist(answer)
    },

    /** The bytes of a resource, or of a part of it, within limits of size and time. */
    async *resource(url: URL, range: ByteRange | undefined): AsyncGenerator<Buffer> {
      const { offset = 0, length = limits.bytes } = range ?? {}
      const inline = inlineBytes(url)
      if (inline !== undefined) return yield inline.subarray(offset, offset + length)
      const extraHeaders: Record<string, string> =
        range === undefined ? {} : { Range: `bytes=${offset}-${offset + length - 1}` }
      const answer = await ask(url, extraHeaders)
      if (!isSuccess(answer)) return void (await refuse(answer))
      const isPart = answer.status === 206
      if (isPart && !startsAt(offset, answer)) return void (await refuse(answer))
      try {
        yield* cut(answer, { offset: isPart ? 0 : offset, length, isExact: range !== undefined, limits })
      } finally {
        await answer.close()
      }
    },

    async key(url: URL): Promise<Buffer> {
      const inline = inlineBytes(url)
      if (inline !== undefined) return wholeKey(inline, url)
      const answer = await ask(url, {})
      if (!isSuccess(answer)) return refuse(answer)
      let key = Buffer.alloc(0)
      for await (const chunk of limitWaiting(answer, { idleMs: IDLE_MS })) {
        key = Buffer.concat([key, chunk])
        if (key.length > KEY_BYTES + LINE_END_BYTES) break
      }
      await answer.close()
      return wholeKey(key, answer.finalUrl)
    },

    /** Ends the current request. */
    abort(): void {
      over.abort()
      over = new AbortController()
    },
    close: () => connection.close(),
  }
}

/** The text of a response that is a playlist, at most 2 MB; gzip is recognised by its bytes. */
export async function readPlaylist(
  answer: Pick<FinalAnswer, 'body' | 'finalUrl' | 'headers'>,
  head: readonly Buffer[] = [],
): Promise<PlaylistDocument> {
  const { finalUrl: url, headers } = answer
  async function* all(): AsyncGenerator<Buffer> {
    yield* head
    yield* limitWaiting(answer, { idleMs: IDLE_MS, totalMs: MAX_PLAYLIST_MS })
  }
  const chunks: Buffer[] = []
  const options = { url, limits: PLAYLIST_LIMITS, declaredEncoding: headers['content-encoding'] ?? '' }
  for await (const chunk of inflateList(all(), options)) chunks.push(chunk)
  const { etag, 'last-modified': modified } = headers
  const validators: Record<string, string> = {
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    ...(modified === undefined ? {} : { 'If-Modified-Since': modified }),
  }
  return { text: Buffer.concat(chunks).toString('utf8'), url, validators }
}

/** @throws UpstreamError `hls-bad-key` */
function wholeKey(bytes: Buffer, url: URL): Buffer {
  const rest = bytes.subarray(KEY_BYTES).toString('latin1')
  if (bytes.length < KEY_BYTES || !/^(?:\r\n|\n|)$/.test(rest)) throw upstreamError('hls-bad-key', url)
  return bytes.subarray(0, KEY_BYTES)
}

/** What a `data:` address holds (RFC 2397): nothing is requested. */
function inlineBytes({ protocol, pathname, search }: URL): Buffer | undefined {
  if (protocol !== 'data:') return undefined
  const [, kind = '', data = ''] = /^([^,]*),(.*)$/s.exec(pathname + search) ?? []
  if (!/;base64$/i.test(kind)) return unescapeBytes(data)
  return Buffer.from(unescapeBytes(data).toString('latin1'), 'base64')
}

function unescapeBytes(text: string): Buffer {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return Buffer.from(bytes, 'latin1')
}

/** An unrequested part that does not say which it is counts as the beginning. */
function startsAt(offset: number, { headers }: FinalAnswer): boolean {
  const start = /^\s*bytes\s+(\d+)-/i.exec(headers['content-range'] ?? '')?.[1]
  return Number(start ?? (headers['content-range'] === undefined ? 0 : Number.NaN)) === offset
}

/** A server that ignores the range sends everything: the requested part is cut out. */
async function* cut(
  answer: FinalAnswer,
  {
    offset,
    length,
    isExact,
    limits,
  }: {
    readonly offset: number
    readonly length: number
    readonly isExact: boolean
    readonly limits: typeof SEGMENT_LIMITS
  },
): AsyncGenerator<Buffer> {
  const { finalUrl, headers } = answer
  let position = 0
  const chunks = limitWaiting(answer, { idleMs: IDLE_MS, totalMs: limits.waitingMs })
  for await (const chunk of unpackIfPacked(chunks, headers['content-encoding'])) {
    const part = chunk.subarray(Math.max(0, offset - position), Math.max(0, offset + length - position))
    position += chunk.length
    if (part.length > 0) yield part
    if (position > limits.bytes && (!isExact || position < offset + length)) throw upstreamError('too-large', finalUrl)
    if (isExact && position > offset + length) return
  }
  if (isExact && position < offset + length) throw upstreamError('cut-off', finalUrl)
}
