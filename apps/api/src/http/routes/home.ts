import { join } from 'node:path'
import { Eta } from 'eta'
import type { RequestHandler } from 'express'
import type { HomePage } from '../../status/home-page.ts'
import { sendError } from '../error-response.ts'
import { linkBase } from '../link-base.ts'

const MOST_CHANNELS = 500
const MOST_QUERY_LENGTH = 100

const eta = new Eta({ views: join(import.meta.dirname, '../pages'), cache: true })

/** `GET /`: where the playlist is, how the sources are, which channels there are. */
export function homeRoute(page: HomePage): RequestHandler {
  return async (request, response) => {
    const base = linkBase(page.baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const query = typeof request.query.q === 'string' ? request.query.q.slice(0, MOST_QUERY_LENGTH) : ''
    const facts = await Promise.all([page.sources(), page.channelCount(), page.channels(query, MOST_CHANNELS)]).catch(
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
          most: MOST_CHANNELS,
        }),
      )
  }
}
