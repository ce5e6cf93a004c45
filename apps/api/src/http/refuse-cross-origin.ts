import type { IncomingHttpHeaders } from 'node:http'
import type { NextFunction, Response } from 'express'
import { sendError } from './error-response.ts'

type CrossOriginRequest = {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** As received, or as a trusted proxy reports it. */
  readonly host: string | undefined
}

/**
 * Refuses requests that a browser sends for a page of another origin: that page must not use the
 * operator's access to this port. A link that a person follows is allowed, since the page with the
 * link cannot read the response. `curl` and other programs are allowed too.
 */
export function refuseCrossOrigin(
  { method, headers, host }: CrossOriginRequest,
  response: Response,
  next: NextFunction,
): void {
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (isCrossOrigin(headers, host) && !isLink) sendError(response, 'cross-origin')
  else next()
}

/**
 * Browsers send `Sec-Fetch-Site` (Fetch Metadata); older ones name the page's origin with every
 * POST (RFC 6454, section 7).
 */
function isCrossOrigin({ 'sec-fetch-site': site, origin }: IncomingHttpHeaders, host: string | undefined): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase()
}
