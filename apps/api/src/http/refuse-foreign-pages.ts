import type { IncomingHttpHeaders } from 'node:http'
import type { NextFunction, Response } from 'express'
import { sendError } from './error-response.ts'

/**
 * For what changes something: refuses what a browser sends for a page of somebody else, who must not be able to use the operator's way to this port. `curl` and
 * other programs are no browser, and are answered.
 */
export function refuseForeignPages(
  { headers }: { headers: IncomingHttpHeaders },
  response: Response,
  next: NextFunction,
): void {
  if (isFromForeignPage(headers)) sendError(response, 'foreign-page')
  else next()
}

/** Browsers say it in `Sec-Fetch-Site` (Fetch Metadata); older ones name the page's origin with every POST (RFC 6454, section 7). */
function isFromForeignPage({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase()
}
