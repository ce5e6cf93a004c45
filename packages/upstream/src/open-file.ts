import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { followRedirects } from './follow-redirects.ts'
import type { OpenStreamRequest } from './open-stream.ts'
import { answerError, upstreamError } from './upstream-error.ts'

type OpenFileRequest = OpenStreamRequest & {
  /** One range of bytes, as in the header field: `bytes=0-99`. */
  readonly range?: string | undefined
  readonly ifRange?: string | undefined
  /** An answer without one is no file but a live stream: it fails as `unexpected-answer`. */
  readonly needsLength?: boolean
}

export type OpenedFile = {
  /** 200: all of it; 206: the range; 416: there is no such range. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Fails with an `UpstreamError` when cut off or aborted. */
  readonly body: Readable
  /** Resolves after the socket's `close` event. Only then may another one be opened. */
  close(): Promise<void>
  readonly closed: Promise<void>
}

const PASSED_ON: ReadonlySet<number> = new Set([200, 206, 416])
/**
 * Providers send pages in place of media, with the status of success. Plain text is what servers
 * say of files that they do not know.
 */
const PAGE = /^\s*(?:text\/(?:html|xml)|application\/(?:json|xml|xhtml))/i

/**
 * Opens a VOD, or a range of it, as it is. At no time is more than one socket open for it, and when
 * this throws, none is.
 *
 * @throws UpstreamError
 */
export async function openFile(request: OpenFileRequest): Promise<OpenedFile> {
  const { range, ifRange } = request
  const extraHeaders = {
    'Accept-Encoding': 'identity',
    ...(range === undefined ? {} : { Range: range }),
    ...(ifRange === undefined ? {} : { 'If-Range': ifRange }),
  }
  const answer = await followRedirects({ ...request, extraHeaders }, request)
  const { status, headers, body, closed } = answer
  const isFile = status === 416 || !(PAGE.test(headers['content-type'] ?? '') || headers['content-length'] === '0')
  const isEndless = request.needsLength === true && status === 200 && headers['content-length'] === undefined
  if (PASSED_ON.has(status) && isFile && !isEndless)
    return { status, headers, body, closed, close: () => answer.close() }
  await answer.close()
  throw status < 300 ? upstreamError('unexpected-answer', answer.finalUrl) : answerError(answer)
}
