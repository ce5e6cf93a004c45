import type { Response } from 'express'

/**
 * The page loads nothing from elsewhere, has no inline script or style, cannot be framed, and its
 * forms lead to this port. The browser assembles media itself, at addresses of `blob:`.
 */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'media-src': "'self' blob:",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
}

const HEADERS = {
  'Content-Security-Policy': Object.entries(POLICY)
    .map((pair) => pair.join(' '))
    .join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
}

/** For each document of the page. */
export function protectPage(response: Response): void {
  response.set(HEADERS)
}
