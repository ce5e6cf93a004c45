import type { Request, RequestHandler, Response } from 'express'
import { clientLeft } from '../../http/client-left.ts'
import { sendError } from '../../http/error-response.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { channelsOf, windowOf } from './programme-query.ts'
import type { ProgrammeReader } from './read-programmes.ts'

/** A page asks for the same minutes again and again. */
const CACHE_CONTROL = 'public, max-age=30'

export type ProgrammesRouteOptions = { readonly programmes: ProgrammeReader; readonly nowMs?: () => number }

/** `GET|HEAD /api/guide?channels=…&from=…&to=…`: programmes of some channels. */
export function programmesRoute({ programmes, nowMs = Date.now }: ProgrammesRouteOptions): RequestHandler {
  return async (request, response) => {
    const [ids, window] = [channelsOf(request.query), windowOf(request.query, nowMs())]
    if (ids === undefined || window === undefined) return sendError(response, 'bad-request')
    await sendAnswer(request, response, (left) => programmes.window(ids, window, left))
  }
}

/** `GET|HEAD /api/guide/now?channels=…`: what is on now, and next. */
export function nowRoute({ programmes, nowMs = Date.now }: ProgrammesRouteOptions): RequestHandler {
  return async (request, response) => {
    const ids = channelsOf(request.query)
    if (ids === undefined) return sendError(response, 'bad-request')
    await sendAnswer(request, response, (left) => programmes.now(ids, nowMs(), left))
  }
}

async function sendAnswer(request: Request, response: Response, read: (left: AbortSignal) => Promise<object>) {
  const left = clientLeft(request, response)
  try {
    const answer = await read(left)
    response.set('Cache-Control', CACHE_CONTROL).json(answer)
  } catch (error) {
    if (left.aborted) return
    sendError(response, error instanceof QueueFullError ? 'guide-busy' : 'coordination-unavailable')
  }
}
