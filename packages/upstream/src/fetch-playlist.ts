import type { IncomingHttpHeaders } from 'node:http'
import { type FinalAnswer, followRedirects, isSuccess } from './follow-redirects.ts'
import { inflateList } from './inflate-list.ts'
import { limitWaiting } from './limit-waiting.ts'
import { DEFAULT_PLAYLIST_LIMITS, type PlaylistLimits } from './playlist-limits.ts'
import type { HeaderList } from './request-headers.ts'
import type { RequestPolicy } from './request-once.ts'
import { answerError, toUpstreamError, type UpstreamError, upstreamError } from './upstream-error.ts'

export type FetchPlaylistRequest = Omit<RequestPolicy, 'timeouts'> & {
  readonly url: string
  readonly headers: HeaderList
  /** Validators of the list we hold; with one, the request is conditional. */
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  readonly limits?: Partial<PlaylistLimits> | undefined
  /** For connecting, for the response header, and for each silence in the download. */
  readonly timeoutMs: number
}

export type FetchedPlaylist =
  | { readonly outcome: 'not-modified' }
  | {
      readonly outcome: 'body'
      /**
       * The text, inflated. Iterating throws an `UpstreamError` if the list is not whole, so a
       * caller that got to the end has all of it. Must be iterated (or the signal aborted): that is
       * what closes the connection.
       */
      readonly chunks: AsyncIterable<Buffer>
      /** The header field, as sent. */
      readonly contentType: string | undefined
      readonly etag: string | undefined
      readonly lastModified: string | undefined
      /** For resolving relative entries. Holds secrets: never for logs. */
      readonly finalUrl: string
    }

/**
 * Downloads a list within limits of size, expansion and time.
 *
 * @throws UpstreamError here, and while iterating `chunks`
 */
export async function fetchPlaylist(request: FetchPlaylistRequest): Promise<FetchedPlaylist> {
  const limits = { ...DEFAULT_PLAYLIST_LIMITS, ...request.limits }
  const deadline = startDeadline(request.signal, limits.totalMs)
  const timeouts = { connectMs: request.timeoutMs, responseMs: request.timeoutMs }
  try {
    const extraHeaders = conditionalHeaders(request)
    const answer = await followRedirects(
      { url: request.url, headers: request.headers, extraHeaders },
      { ...request, timeouts, signal: deadline.signal },
    )
    if (answer.status === 304 && Object.keys(extraHeaders).length > 1) {
      await answer.close()
      deadline.clear()
      return { outcome: 'not-modified' }
    }
    await refuseBadAnswer(answer)
    const declaredEncoding = encodingOf(answer.headers)
    return {
      outcome: 'body',
      chunks: readList(answer, { limits, declaredEncoding, deadline, idleMs: request.timeoutMs }),
      contentType: answer.headers['content-type'],
      etag: answer.headers.etag,
      lastModified: answer.headers['last-modified'],
      finalUrl: answer.finalUrl.href,
    }
  } catch (error) {
    deadline.clear()
    throw deadline.explain(error, request.url)
  }
}

function conditionalHeaders({ etag, lastModified }: FetchPlaylistRequest): Record<string, string> {
  return {
    'Accept-Encoding': 'gzip',
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    ...(lastModified === undefined ? {} : { 'If-Modified-Since': lastModified }),
  }
}

/** Only an answer that has all of it is a list. */
async function refuseBadAnswer(answer: FinalAnswer): Promise<void> {
  const { finalUrl, headers } = answer
  const isList = isSuccess(answer) && isWhole(answer)
  if (isList && countEncodings(headers) <= MAX_ENCODINGS) return
  await answer.close()
  if (isList) throw upstreamError('unsupported-encoding', finalUrl)
  throw answerError(answer)
}

/** A partial answer to a request for everything may be the whole. */
function isWhole({ status, headers }: FinalAnswer): boolean {
  if (status !== 206) return true
  const [, last, length] = /^\s*bytes\s+0-(\d+)\/(\d+)\s*$/i.exec(headers['content-range'] ?? '') ?? []
  return length !== undefined && Number(last) + 1 === Number(length)
}

const MAX_ENCODINGS = 2

function countEncodings(headers: IncomingHttpHeaders): number {
  return encodingOf(headers) === '' ? 0 : encodingOf(headers).split(',').length
}

function encodingOf(headers: IncomingHttpHeaders): string {
  const declared = headers['content-encoding']?.trim().toLowerCase() ?? ''
  return declared === 'identity' ? '' : declared
}

type Deadline = {
  readonly signal: AbortSignal
  clear(): void
  /** The error as `total-timeout` if the deadline caused it. */
  explain(error: unknown, url: URL | string): UpstreamError
}

function startDeadline(outer: AbortSignal, totalMs: number): Deadline {
  const inner = new AbortController()
  const timer = setTimeout(() => inner.abort(), totalMs)
  return {
    signal: AbortSignal.any([outer, inner.signal]),
    clear: () => clearTimeout(timer),
    explain: (error, url) =>
      inner.signal.aborted && !outer.aborted ? upstreamError('total-timeout', url) : toUpstreamError(error, url),
  }
}

async function* readList(
  answer: FinalAnswer,
  options: {
    readonly limits: PlaylistLimits
    readonly declaredEncoding: string
    readonly deadline: Deadline
    readonly idleMs: number
  },
): AsyncGenerator<Buffer> {
  const { limits, declaredEncoding, deadline, idleMs } = options
  const url = answer.finalUrl
  try {
    yield* inflateList(limitWaiting(answer, { idleMs }), { url, limits, declaredEncoding })
    // With a length that is too small, the list may be longer than the received bytes.
    if (answer.hasExcess()) throw upstreamError('cut-off', url)
  } catch (error) {
    throw deadline.explain(error, url)
  } finally {
    deadline.clear()
    await answer.close()
  }
}
