import type { ByteRange } from '@kptv/hls'
import { type FinalAnswer, followRedirects } from '../follow-redirects.ts'
import { inflateList } from '../inflate-list.ts'
import { createKeptConnection } from '../kept-connection.ts'
import { limitWaiting } from '../limit-waiting.ts'
import type { OpenStreamRequest } from '../open-stream.ts'
import { answerError, upstreamError } from '../upstream-error.ts'

/** A playlist as text, and its final address, the base of its relative addresses. Holds tokens. */
export type PlaylistDocument = { readonly text: string; readonly url: URL; readonly validators: Validators }

export type Validators = Readonly<Record<string, string>>

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
      const answer = await ask(url, { 'Accept-Encoding': 'gzip', ...validators })
      if (answer.status === 304 && Object.keys(validators).length > 0) {
        for await (const _ of limitWaiting(answer, { idleMs: IDLE_MS }));
        return undefined
      }
      if (answer.status !== 200) return refuse(answer)
      return readPlaylist(answer)
    },

    /** The bytes of a resource, or of a part of it, within limits of size and time. */
    async *resource(url: URL, range: ByteRange | undefined): AsyncGenerator<Buffer> {
      const { offset = 0, length = limits.bytes } = range ?? {}
      const extraHeaders: Record<string, string> =
        range === undefined ? {} : { Range: `bytes=${offset}-${offset + length - 1}` }
      const answer = await ask(url, extraHeaders)
      const isPart = answer.status === 206 && range !== undefined
      if (!isPart && answer.status !== 200) return void (await refuse(answer))
      if (isPart && !startsAt(offset, answer)) return void (await refuse(answer))
      try {
        yield* cut(answer, { offset: isPart ? 0 : offset, length, isExact: range !== undefined, limits })
      } finally {
        await answer.close()
      }
    },

    async key(url: URL): Promise<Buffer> {
      const answer = await ask(url, {})
      if (answer.status !== 200) return refuse(answer)
      let key = Buffer.alloc(0)
      for await (const chunk of limitWaiting(answer, { idleMs: IDLE_MS })) {
        key = Buffer.concat([key, chunk])
        if (key.length > KEY_BYTES) break
      }
      await answer.close()
      if (key.length !== KEY_BYTES) throw upstreamError('hls-bad-key', answer.finalUrl)
      return key
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
  const options = { url, limits: PLAYLIST_LIMITS, declaredEncoding: '' }
  for await (const chunk of inflateList(all(), options)) chunks.push(chunk)
  const { etag, 'last-modified': modified } = headers
  const validators: Record<string, string> = {
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    ...(modified === undefined ? {} : { 'If-Modified-Since': modified }),
  }
  return { text: Buffer.concat(chunks).toString('utf8'), url, validators }
}

function startsAt(offset: number, { headers }: FinalAnswer): boolean {
  return Number(/^\s*bytes\s+(\d+)-/i.exec(headers['content-range'] ?? '')?.[1]) === offset
}

/** A server that ignores the range sends everything: the requested part is cut out. */
async function* cut(
  answer: FinalAnswer,
  {
    offset,
    length,
    isExact,
    limits,
  }: { offset: number; length: number; isExact: boolean; limits: typeof SEGMENT_LIMITS },
): AsyncGenerator<Buffer> {
  const { finalUrl } = answer
  let position = 0
  for await (const chunk of limitWaiting(answer, { idleMs: IDLE_MS, totalMs: limits.waitingMs })) {
    const part = chunk.subarray(Math.max(0, offset - position), Math.max(0, offset + length - position))
    position += chunk.length
    if (part.length > 0) yield part
    if (position > limits.bytes && (!isExact || position < offset + length)) throw upstreamError('too-large', finalUrl)
    if (isExact && position > offset + length) return
  }
  if (isExact && position < offset + length) throw upstreamError('cut-off', finalUrl)
}
