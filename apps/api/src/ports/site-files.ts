import type { Express } from 'express'

/** A television: a frame, and a stand. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="1" y="2" width="14" height="10" rx="1.5" fill="#1565c0"/><path d="M6.5 4.5v5l4-2.5z" fill="#fff"/><path d="M5 14h6" stroke="#1565c0" stroke-width="1.5"/></svg>'

/** Search engines may know that the page exists; channels, streams and links are not for them. */
const ROBOTS = ['User-agent: *', 'Allow: /$', 'Disallow: /', ''].join('\n')

/** Files that browsers and search engines request from every site. */
export function addSiteFiles(app: Express): void {
  app.get('/robots.txt', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=86400').type('text/plain').send(ROBOTS)
  })
  app.get(['/favicon.ico', '/favicon.svg'], (_request, response) => {
    response.set('Cache-Control', 'public, max-age=86400').type('image/svg+xml').send(ICON)
  })
}
