import { Eta } from 'eta'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { linkBase } from '../../http/link-base.ts'
import type { HomePage } from './home-page.ts'

const MAX_CHANNELS = 500
const MAX_QUERY_LENGTH = 100

const eta = new Eta({ views: import.meta.dirname, cache: true })

/** `GET /`: where the playlist is, how the sources are, which channels there are. */
export function homeRoute(page: HomePage): RequestHandler {
  return async (request, response) => {
    const base = linkBase(page.baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const query = typeof request.query.q === 'string' ? request.query.q.slice(0, MAX_QUERY_LENGTH) : ''
    const facts = await Promise.all([page.sources(), page.channelCount(), page.channels(query, MAX_CHANNELS)]).catch(
      () => undefined,
    )
    if (facts === undefined) return sendError(response, 'coordination-unavailable')
    const [sources, total, channels] = facts
    response
      .set({
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-store',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
      })
      .send(
        eta.render('./home', {
          base,
          query,
          fileProblems: page.fileProblems(),
          sources,
          total,
          channels,
          most: MAX_CHANNELS,
        }),
      )
  }
}
