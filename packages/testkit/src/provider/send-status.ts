import type { ServerResponse } from 'node:http'

export type StatusAnswer = { code: number; retryAfterSeconds?: number; body?: string; contentType?: string }

/** Answers a status with an optional Retry-After and body. */
export function sendStatus(response: ServerResponse, status: StatusAnswer): void {
  const retryAfter = status.retryAfterSeconds === undefined ? {} : { 'retry-after': String(status.retryAfterSeconds) }
  response.writeHead(status.code, { 'content-type': status.contentType ?? 'text/plain', ...retryAfter })
  response.end(status.body ?? '')
}
