import type { IncomingHttpHeaders } from 'node:http'
import { types } from 'node:util'
import { redactUrl } from '@kptv/addresses'
import { classifyFailure, type Failure, type FailureClass, type FailureCode } from './classify-failure.ts'

/**
 * Why a provider could not be read. Safe to log and to count as it is: it holds no user name,
 * password, token or path, and on purpose no `cause`, because the errors of HTTP libraries carry
 * the whole request.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  /** Stable machine code, listed in `CLASS_OF_CODE`. */
  readonly code: FailureCode
  readonly failureClass: FailureClass
  /** HTTP status, if an answer came. */
  readonly status: number | undefined
  /** How long the provider asks us to stay away (`Retry-After`), if it does. */
  readonly retryAfterMs: number | undefined

  constructor(
    failure: Failure,
    about: { readonly url: string; readonly status?: number; readonly retryAfterMs?: number | undefined },
  ) {
    const status = about.status === undefined ? '' : ` (status ${about.status})`
    super(`${failure.code}${status}: ${redactUrl(about.url)}`)
    this.code = failure.code
    this.failureClass = failure.class
    this.status = about.status
    this.retryAfterMs = about.retryAfterMs
  }
}

/** An error for one of our own codes, or for the code of an error of Node. */
export function upstreamError(errorCode: string, url: URL | string): UpstreamError {
  return new UpstreamError(classifyFailure({ errorCode }), { url: String(url) })
}

/**
 * Anything thrown, as an `UpstreamError`; the first known error code along the chain of causes
 * decides.
 */
export function toUpstreamError(thrown: unknown, url: URL | string): UpstreamError {
  if (thrown instanceof UpstreamError) return thrown
  let failure = classifyFailure({ errorCode: 'failed' })
  let error: unknown = thrown
  for (let depth = 0; depth < 5 && failure.code === 'failed' && types.isNativeError(error); depth += 1) {
    if (error.cause instanceof UpstreamError) return error.cause
    if ('code' in error && typeof error.code === 'string') failure = classifyFailure({ errorCode: error.code })
    error = error.cause
  }
  return new UpstreamError(failure, { url: String(url) })
}

/** The error for an answer that is not the wanted one. */
export function answerError(answer: {
  readonly status: number
  readonly finalUrl: URL
  readonly headers: IncomingHttpHeaders
}): UpstreamError {
  const { status, finalUrl, headers } = answer
  const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.now())
  return new UpstreamError(classifyFailure({ status }), { url: finalUrl.href, status, retryAfterMs })
}

const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * `Retry-After` (RFC 9110 section 10.2.3), seconds or a date, in ms from now; undefined if absent
 * or unreadable.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  const waitMs = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)
}
