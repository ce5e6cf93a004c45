import type { Request, Response } from 'express'

/** Aborts when the client leaves before its answer is complete. */
export function clientLeft(request: Request, response: Response): AbortSignal {
  const left = new AbortController()
  response.on('close', () => left.abort(new Error('the client has left')))
  if (request.socket.destroyed) left.abort(new Error('the client has left'))
  return left.signal
}
