import { EventEmitter } from 'node:events'
import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import got, { type Request } from 'got'
import type { AddressPolicy } from './address-policy.ts'
import { DirectReading, type TakeBytes } from './direct-reading.ts'
import type { KeptConnection } from './kept-connection.ts'
import { createSingleSocket } from './single-socket.ts'
import { MAX_HEADER_BYTES } from './tidy-answers.ts'
import { toUpstreamError, type UpstreamError, upstreamError } from './upstream-error.ts'

type Timeouts = {
  /** Name resolution, connect and TLS handshake together. */
  readonly connectMs: number
  /** From there to the end of the response header. */
  readonly responseMs: number
}

/** The settings of every request of a chain. */
export type RequestPolicy = {
  readonly signal: AbortSignal
  readonly allowAddress: AddressPolicy
  /** Called right before each socket is opened. False: `aborted`, and no socket. */
  readonly mayConnect?: (() => boolean) | undefined
  readonly timeouts: Timeouts
  readonly lookup?: LookupFunction | undefined
  /**
   * `insecure`: no certificate is checked, on no hop. Only if the operator has set it for a source.
   */
  readonly tls?: 'verify' | 'insecure' | undefined
  /** Shared by consecutive requests; without it, each has its own socket. */
  readonly connection?: KeptConnection | undefined
  /** The response is media for hours: see {@link Answer.divert}. */
  readonly isMedia?: boolean | undefined
  /** Id of this process, for addresses that may be our own: see `loopMarkFor`. */
  readonly loopMark?: string | undefined
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /**
   * Bytes as they came. Fails with an `UpstreamError`. Ends only if the response is complete by the
   * rules of HTTP.
   */
  readonly body: Readable
  /**
   * From now on bytes go to `take` straight from the socket, once all before them has come out of
   * the body. Absent where the body needs HTTP's parser: it has a length, or chunks.
   *
   * @param takenBytes how much of the body has reached the reader
   */
  readonly divert?: ((take: TakeBytes, takenBytes: () => number) => void) | undefined
  /** More bytes than announced arrived, and were dropped: the announced length may be wrong. */
  readonly hasExcess: () => boolean
  /**
   * Ends the request; resolves after the socket's `close` event. On a shared connection, an answer
   * that was read to its end leaves it open.
   */
  close(): Promise<void>
  readonly closed: Promise<void>
}

const STALE = new Set<string>(['connection-reset', 'cut-off', 'failed', 'not-http'])

/**
 * One GET on one socket: no redirect, no retry, no keep-alive, no decompression, no limit on the
 * whole time. When it throws, the socket is closed already.
 *
 * @throws UpstreamError if no answer came
 */
export async function requestOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  policy: RequestPolicy,
): Promise<Answer> {
  if (policy.signal.aborted) throw upstreamError('aborted', url)
  const secure = url.protocol === 'https:'
  const reading = policy.isMedia === true ? new DirectReading() : undefined
  const { socket, isUsed } = (await policy.connection?.take(url)) ?? {
    socket: createSingleSocket({ ...policy, secure, reading }),
    isUsed: false,
  }
  // A caller that gave up meanwhile must not get another socket.
  if (policy.signal.aborted) throw upstreamError('aborted', url)
  socket.expectAnswer()
  const parsed = createByteCount()
  const source = startRequest({ url, headers, secure, agent: socket.agent, onResponse: parsed.watch })

  let isWhole = false
  const close = (): Promise<void> => {
    if (isWhole && policy.connection !== undefined) return Promise.resolve()
    source.destroy()
    socket.destroy()
    return socket.closed
  }
  let body: Body
  try {
    const answered = Promise.withResolvers<Body>()
    source.on('error', (error) => answered.reject(toUpstreamError(error, url)))
    source.once('end', () => {
      isWhole = !socket.hasFailed()
    })
    // At once: the next bytes may fail in the same turn.
    source.once('response', () => answered.resolve(createBody(source, url, socket.hasFailed)))
    body = await withDeadlines(answered.promise, { socketReady: socket.ready, url, policy })
  } catch (error) {
    await close()
    const failure = toUpstreamError(error, url)
    // The server closed an idle connection just when we used it: that does not concern the request.
    if (isUsed && STALE.has(failure.code)) return requestOnce(url, headers, policy)
    throw failure
  }

  const { statusCode, headers: answerHeaders } = source.response!
  const abort = () => {
    body.fail(upstreamError('aborted', url))
    void close()
  }
  policy.signal.addEventListener('abort', abort, { once: true })
  if (policy.signal.aborted) abort()
  body.readable.once('close', () => {
    policy.signal.removeEventListener('abort', abort)
    void close()
  })
  const closeBody = (): Promise<void> => {
    body.readable.destroy()
    return close()
  }
  const needsParser = answerHeaders['content-length'] !== undefined || answerHeaders['transfer-encoding'] !== undefined
  return {
    status: statusCode,
    headers: answerHeaders,
    body: body.readable,
    divert:
      needsParser || reading === undefined
        ? undefined
        : (take, takenBytes) => reading.divert(take, () => parsed.isTaken(takenBytes())),
    hasExcess: socket.hasExcess,
    close: closeBody,
    closed: socket.closed,
  }
}

/**
 * The header fields go out in the given order and spelling, and no others but `Connection: close`.
 */
function startRequest(request: {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly secure: boolean
  readonly agent: http.Agent
  readonly onResponse: (response: http.IncomingMessage) => void
}): Request {
  const { secure, agent, headers, onResponse } = request
  const url = new URL(request.url)
  url.username = ''
  url.password = ''
  return got.stream(url, {
    request: (target, options) => {
      const send = secure ? https.request : http.request
      const sent = { ...options, agent, headers, maxHeaderSize: MAX_HEADER_BYTES } as https.RequestOptions
      return send(target, sent).once('response', onResponse)
    },
    decompress: false,
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
  })
}

/** How much of a body the parser has emitted. */
function createByteCount() {
  let response: http.IncomingMessage | undefined
  let bytes = 0
  return {
    watch(answered: http.IncomingMessage): void {
      response = answered
      // Not its own `on`, which would set it flowing before got reads it.
      EventEmitter.prototype.on.call(answered, 'data', (chunk: Buffer) => {
        bytes += chunk.length
      })
    },
    /** All of it has reached the reader, and it is not empty. */
    isTaken: (takenBytes: number): boolean => bytes > 0 && takenBytes === bytes && response?.readableLength === 0,
  }
}

async function withDeadlines<T>(
  answered: Promise<T>,
  {
    socketReady,
    url,
    policy,
  }: { readonly socketReady: Promise<void>; readonly url: URL; readonly policy: RequestPolicy },
): Promise<T> {
  const stopped = Promise.withResolvers<never>()
  const stop = (reason: string) => () => stopped.reject(upstreamError(reason, url))
  const abort = stop('aborted')
  let timer = setTimeout(stop('connect-timeout'), policy.timeouts.connectMs)
  policy.signal.addEventListener('abort', abort, { once: true })
  let waiting = true
  void socketReady.then(() => {
    clearTimeout(timer)
    if (waiting) timer = setTimeout(stop('response-timeout'), policy.timeouts.responseMs)
  })
  try {
    return await Promise.race([answered, stopped.promise])
  } finally {
    waiting = false
    clearTimeout(timer)
    policy.signal.removeEventListener('abort', abort)
  }
}

type Body = {
  readonly readable: Readable
  /** Ends the stream with this error, once it is read: an earlier error would have no listener. */
  fail(error: UpstreamError): void
}

/** A separate stream, because errors of got name the whole request. */
function createBody(source: Request, url: URL, hasSocketFailed: () => boolean): Body {
  let isRead = false
  let failure: UpstreamError | undefined
  const readable = new Readable({
    read() {
      isRead = true
      if (failure) readable.destroy(failure)
      else source.resume()
    },
    destroy(error, callback) {
      source.destroy()
      callback(error)
    },
  })
  const fail = (error: UpstreamError): void => {
    failure ??= error
    if (isRead) readable.destroy(failure)
  }
  source.on('data', (chunk: Buffer) => {
    if (!readable.push(chunk)) source.pause()
  })
  source.once('end', () => {
    // Without a length, Node takes a reset for the end; the socket's error distinguishes them.
    if (hasSocketFailed()) fail(upstreamError('cut-off', url))
    else readable.push(null)
  })
  source.on('error', (error) => fail(bodyError(error, url)))
  // A late error without any reader must not end the process.
  readable.on('error', () => {})
  return { readable, fail }
}

/**
 * In the middle of an answer a reset, an early close, a wrong length and bad framing are one thing:
 * it was cut off.
 */
function bodyError(error: unknown, url: URL): UpstreamError {
  const known = toUpstreamError(error, url)
  return CUTS.has(known.code) ? upstreamError('cut-off', url) : known
}

const CUTS = new Set<string>(['connection-reset', 'not-http', 'failed'])
