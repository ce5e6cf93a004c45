import type { ServerResponse } from 'node:http'

export type StatusAnswer = {
  readonly code: number
  readonly retryAfterSeconds?: number
  readonly body?: string
  readonly contentType?: string
}

/** Answers a status with an optional Retry-After and body. */
export function sendStatus(response: ServerResponse, status: StatusAnswer): void {
  const retryAfter = status.retryAfterSeconds === undefined ? {} : { 'retry-after': String(status.retryAfterSeconds) }
  response.writeHead(status.code, { 'content-type': status.contentType ?? 'text/plain', ...retryAfter })
  response.end(status.body ?? '')
}
