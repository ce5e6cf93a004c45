import type { RequestHandler } from 'express'

/** Long enough that a player in a page sends one preflight. */
const MAX_AGE_S = 86_400

/**
 * For media and lists, errors included: pages of any origin may read them, since they hold no
 * secret and no login is sent. Answers the preflight (Fetch standard, "CORS-preflight fetch").
 *
 * @param methods of the routes after it
 */
export function allowAnyOrigin(methods: readonly string[]): RequestHandler {
  const allowed = [...methods, 'OPTIONS'].join(', ')
  return (request, response, next) => {
    response.set({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers':
        'Accept-Ranges, Content-Length, Content-Encoding, Content-Range, Date, ETag, Retry-After',
    })
    if (request.method !== 'OPTIONS') return next()
    response
      .set({
        Allow: allowed,
        'Access-Control-Allow-Methods': allowed,
        'Access-Control-Allow-Headers': request.get('access-control-request-headers') ?? 'Range, If-None-Match',
        'Access-Control-Max-Age': String(MAX_AGE_S),
        Vary: 'Access-Control-Request-Headers',
      })
      .status(204)
      .end()
  }
}
