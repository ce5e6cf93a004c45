import type { Readable } from 'node:stream'
import type { TakeBytes } from './direct-reading.ts'
import { type FinalAnswer, followRedirects, isSuccess } from './follow-redirects.ts'
import type { HeaderList } from './request-headers.ts'
import type { RequestPolicy } from './request-once.ts'
import type { RequestSession } from './request-session.ts'
import { answerError } from './upstream-error.ts'

export type OpenStreamRequest = RequestPolicy & {
  /** The catalogue's address, never one of an earlier redirect: tokens expire (P9). */
  readonly url: string
  readonly headers: HeaderList
  /** Owner of the fields and the login, if another address has led to this one. */
  readonly owner?: URL | undefined
  /** Shared by all requests of one stream. */
  readonly session?: RequestSession | undefined
}

/**
 * A mark in a body: the following media does not continue the media before, and has other clocks,
 * counters, perhaps other codecs. At the very beginning it means that the clock is not the
 * provider's, but that of this connection alone.
 */
export const NEW_INPUT = Symbol('new input')

export type MediaPiece = Buffer | typeof NEW_INPUT

export type OpenedStream = {
  /**
   * Bytes as they came; of HLS and through ffmpeg, also the mark `NEW_INPUT`. Fails with an
   * `UpstreamError` when cut off or aborted; ends when the provider ended it.
   */
  readonly body: Readable
  /** The type declared by the provider: a hint. */
  readonly contentType: string | undefined
  /** How long a healthy stream of this kind may be silent, if known and unusual. */
  readonly patienceMs?: () => number | undefined
  /**
   * From now on bytes go to `take` instead of the body if they can come straight from the socket:
   * far cheaper, in the same order.
   */
  readonly divert?: ((take: TakeBytes) => void) | undefined
  /**
   * Destroys the stream; resolves after the socket's `close` event. Only then may the slot be
   * released.
   */
  close(): Promise<void>
  /** Resolves after the socket's `close` event, whichever side closed it. */
  readonly closed: Promise<void>
}

/**
 * Connects to a stream. At no time is more than one socket open for it, and when this throws, none
 * is. There is no retry and no limit on the total time; the caller must judge silence after the
 * response header. The signal ends the opening as well as the stream.
 *
 * @throws UpstreamError
 */
export async function openAnswer(request: OpenStreamRequest): Promise<FinalAnswer> {
  const answer = await followRedirects(request, request)
  if (isSuccess(answer)) return answer
  await answer.close()
  throw answerError(answer)
}
