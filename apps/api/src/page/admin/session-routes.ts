import { type AdminSession, adminLogin } from '@kptv/contract'
import { json, type RequestHandler } from 'express'
import { readCookie, setLoginCookie } from '../../http/cookie.ts'
import { sendError } from '../../http/error-response.ts'
import type { AdminLogin } from '../../users/admin-login.ts'
import { ADMIN_SESSION_MS, type AdminSessions } from '../../users/admin-session.ts'

const COOKIE = 'kptv-admin'

/** `GET /admin/session`: whether the page must ask for the password. */
export function sessionRoute(login: (request: Parameters<RequestHandler>[0]) => AdminSession['login']): RequestHandler {
  return (request, response) => {
    response.set('Cache-Control', 'no-store').json({ login: login(request) } satisfies AdminSession)
  }
}

/** Whether the request brings a login that is valid. */
export function createAdminCheck(sessions: Pick<AdminSessions, 'isValid'>) {
  return (request: Parameters<RequestHandler>[0]): boolean =>
    sessions.isValid(readCookie(request, COOKIE), request.ip ?? '')
}

/** `POST /admin/login`: the password as JSON, of a user with its name; the login is a cookie. */
export function loginRoute(login: AdminLogin): readonly RequestHandler[] {
  return [
    json({ limit: '4kb', type: 'application/json' }),
    async (request, response) => {
      const { success, data } = adminLogin.safeParse(request.body)
      if (!success) return sendError(response, 'bad-request')
      const result = await login(data, request.ip ?? '')
      if ('refused' in result) return sendError(response, result.refused)
      setLoginCookie(request, response, { name: COOKIE, value: result.session, maxAgeMs: ADMIN_SESSION_MS })
      response.set('Cache-Control', 'no-store').json({ login: 'done' } satisfies AdminSession)
    },
  ]
}

/** `POST /admin/logout` */
export const logoutRoute: RequestHandler = (request, response) => {
  setLoginCookie(request, response, { name: COOKIE, value: undefined, maxAgeMs: 0 })
  response.json({ login: 'required' } satisfies AdminSession)
}
