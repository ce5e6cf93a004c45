import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorBody, errorAnswer, type ReadinessAnswer } from '@kptv/contract'

const STARTING: ReadinessAnswer = {
  status: 'not ready',
  reasons: ['starting'],
  redis: false,
  redisRefuses: false,
  redisSilentMs: 0,
  catalog: false,
  warm: false,
  draining: false,
}

/**
 * The public port while the node still waits for Redis: the process runs, but has nothing to serve
 * yet.
 */
export function startingApp(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/healthz') return sendJson(response, 200, { status: 'ok' })
  if (request.url === '/readyz') return sendJson(response, 503, STARTING)
  const { status, message, retryAfter } = errorAnswer('coordination-unavailable')
  response.setHeader('Retry-After', String(retryAfter))
  sendJson(response, status, { error: 'coordination-unavailable', message } satisfies ErrorBody)
}

/**
 * Answers a client that does not speak HTTP, or sends too large a header, in the usual form of
 * errors.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const { message } = errorAnswer('bad-request')
  const body = JSON.stringify({ error: 'bad-request', message } satisfies ErrorBody)
  const head = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close']
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${body}`)
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.setHeader('Cache-Control', 'no-store')
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
