import type { SiteAnswer } from '@kptv/contract'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { createLinks, linkBase } from '../../http/links.ts'

type SiteRouteOptions = {
  readonly baseUrl: string | undefined
  readonly version: string
  /** Whether /admin can be opened on this port. */
  readonly hasAdmin: boolean
}

/** `GET /api/site`: what the page can offer here. */
export function siteRoute({ baseUrl, version, hasAdmin }: SiteRouteOptions): RequestHandler {
  return (request, response) => {
    const base = linkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const { playlist, guide, device } = createLinks(base)
    // Apps log in themselves.
    const server = base.replace(/\/link\/[^/]+$/, '')
    const links = { playlist, guide: guide(), tuner: device(), server }
    const answer: SiteAnswer = { version, links, admin: hasAdmin }
    response.set('Cache-Control', 'no-store').json(answer)
  }
}
