import type { Express, RequestHandler } from 'express'
import { sendError } from '../http/error-response.ts'
import { refuseCrossOrigin } from '../http/refuse-cross-origin.ts'
import { createAdminCheck, loginRoute, logoutRoute, sessionRoute } from '../page/admin/session-routes.ts'
import type { PageFiles } from '../page/site/page-files.ts'
import { documentRoute } from '../page/site/page-route.ts'
import type { AdminLogin } from '../users/admin-login.ts'
import type { AdminSessions } from '../users/admin-session.ts'
import { type AdminRoutesOptions, addAdminRoutes } from './admin-routes.ts'

export type PublicAdminOptions = AdminRoutesOptions & {
  readonly sessions: Pick<AdminSessions, 'isValid'>
  readonly login: AdminLogin
}

/** A login that ends takes its event streams with it. */
const CHECK_EVERY_MS = 1_000

/**
 * The page of operators on the public port, behind ADMIN_PASSWORD or the password of a user whose
 * role is `admin`. The page itself holds nothing
 * secret, and asks for the password; all that it reads and orders is closed without a login, and to
 * pages of other origins.
 */
export function addPublicAdmin(app: Express, page: PageFiles, options: PublicAdminOptions): void {
  const isLoggedIn = createAdminCheck(options.sessions)
  const requireLogin: RequestHandler = (request, response, next) => {
    if (!isLoggedIn(request)) return sendError(response, 'login-required')
    const timer = setInterval(() => isLoggedIn(request) || response.destroy(), CHECK_EVERY_MS).unref()
    response.on('close', () => clearInterval(timer))
    next()
  }
  app.use('/admin', refuseCrossOrigin)
  app.get('/admin', redirectWithoutSlash, documentRoute(page, 'admin.html'))
  app.get(
    '/admin/session',
    sessionRoute((request) => (isLoggedIn(request) ? 'done' : 'required')),
  )
  app.post('/admin/login', ...loginRoute(options.login))
  app.post('/admin/logout', logoutRoute)
  app.use('/admin', requireLogin)
  addAdminRoutes(app, options)
}

/** Addresses in the page are relative: after a slash they would lead elsewhere. */
const redirectWithoutSlash: RequestHandler = ({ path }, response, next) => {
  if (path.endsWith('/')) response.redirect(308, '../admin')
  else next()
}
