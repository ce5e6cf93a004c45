import type { Express, RequestHandler } from 'express'
import { sendError } from '../http/error-response.ts'
import { refuseCrossOrigin } from '../http/refuse-cross-origin.ts'
import { createAdminCheck, loginRoute, logoutRoute, sessionRoute } from '../outputs/admin/session-routes.ts'
import type { PageFiles } from '../outputs/page/page-files.ts'
import { documentRoute } from '../outputs/page/page-route.ts'
import type { AdminLogin } from '../users/admin-login.ts'
import type { AdminSessions } from '../users/admin-session.ts'
import { type AdminRoutesOptions, addAdminRoutes } from './admin-routes.ts'

export type PublicAdminOptions = AdminRoutesOptions & {
  readonly sessions: Pick<AdminSessions, 'isValid'>
  readonly login: AdminLogin
}

/**
 * The page of operators on the public port, behind ADMIN_PASSWORD. The page itself holds nothing
 * secret, and asks for the password; all that it reads and orders is closed without a login, and to
 * pages of other origins.
 */
export function addPublicAdmin(app: Express, page: PageFiles, options: PublicAdminOptions): void {
  const isLoggedIn = createAdminCheck(options.sessions)
  const requireLogin: RequestHandler = (request, response, next) =>
    isLoggedIn(request) ? next() : sendError(response, 'login-required')
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
