import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { sendError } from '../http/error-response.ts'

/** Requests that one address may send in a minute, by their cost. */
export type RequestLimits = { readonly [Kind in 'any' | 'page' | 'search' | 'part' | 'programmes']: number }

/**
 * Far above the use of players and people, even many behind one address; low enough that a flood
 * costs little.
 */
export const REQUEST_LIMITS: RequestLimits = { any: 6_000, page: 600, search: 120, part: 300, programmes: 600 }

/** Many players may stand behind one address, and each sends a request every few seconds. */
const HLS_PATH = /^\/stream\/[^/]+\/hls\//

const WINDOW_MS = 60_000

/**
 * One counter for each kind of request; a request with `q`, `group` or `source` costs more than one
 * without.
 */
export function createRequestLimits(limits: RequestLimits) {
  const limitOf = (kind: keyof RequestLimits): RequestHandler =>
    rateLimit({
      windowMs: WINDOW_MS,
      limit: limits[kind],
      legacyHeaders: false,
      skip: ({ path }) => HLS_PATH.test(path),
      handler: (_request, response) => sendError(response, 'too-many-requests'),
    })
  const noLimit: RequestHandler = (_request, _response, next) => next()
  return {
    any: limitOf('any'),
    page: byQuery(['q', 'group', 'source'], limitOf('search'), limitOf('page')),
    playlist: byQuery(['q', 'group', 'source'], limitOf('part'), noLimit),
    programmes: limitOf('programmes'),
  }
}

/** The first limit for a request with one of these parameters, the second for all others. */
function byQuery(names: readonly string[], limit: RequestHandler, otherwise: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const isCostly = names.some((name) => Object.hasOwn(request.query, name))
    return (isCostly ? limit : otherwise)(request, response, next)
  }
}
