import type { Response } from 'express'

/**
 * The page loads nothing from elsewhere, cannot be framed, and its links and forms lead to this
 * port.
 */
const POLICY = {
  'default-src': "'none'",
  'style-src': "'unsafe-inline'",
  'img-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
}

export function sendPage(response: Response, html: string): void {
  response
    .set({
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': Object.entries(POLICY)
        .map((pair) => pair.join(' '))
        .join('; '),
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
    })
    .send(html)
}
