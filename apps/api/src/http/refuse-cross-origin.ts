import type { IncomingHttpHeaders } from 'node:http'
import type { NextFunction, Response } from 'express'
import { sendError } from './error-response.ts'

/**
 * Refuses requests that a browser sends for a page of another origin: that page must not use the
 * operator's access to this port. A link that a person follows is allowed, since the page with the
 * link cannot read the response. `curl` and other programs are allowed too.
 */
export function refuseCrossOrigin(
  { method, headers }: { readonly method: string; readonly headers: IncomingHttpHeaders },
  response: Response,
  next: NextFunction,
): void {
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (isCrossOrigin(headers) && !isLink) sendError(response, 'cross-origin')
  else next()
}

/**
 * Browsers send `Sec-Fetch-Site` (Fetch Metadata); older ones name the page's origin with every
 * POST (RFC 6454, section 7).
 */
function isCrossOrigin({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase()
}
