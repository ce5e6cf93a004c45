import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ERROR_ANSWERS } from '../http/error-response.ts'

/** What the public port answers while the node still waits for Redis: the process lives, and has nothing to serve. */
export function startingApp(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/healthz') return sendJson(response, 200, { status: 'ok' })
  const { status, message, retryAfter } = ERROR_ANSWERS['coordination-unavailable']
  response.setHeader('Retry-After', retryAfter)
  const readiness = request.url === '/readyz' ? { redis: false, catalog: false, warm: false, draining: false } : {}
  sendJson(response, status, { error: 'coordination-unavailable', message, ...readiness })
}

/** Whoever does not speak HTTP, or too much of it at once, is told so in the form of all our errors. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const body = JSON.stringify({ error: 'bad-request', message: ERROR_ANSWERS['bad-request'].message })
  const head = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close']
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${body}`)
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.setHeader('Cache-Control', 'no-store')
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
