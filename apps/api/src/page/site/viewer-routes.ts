import { type ViewerSessionAnswer, viewerLogin } from '@kptv/contract'
import { json, type RequestHandler, type Response } from 'express'
import { setLoginCookie } from '../../http/cookie.ts'
import { sendError } from '../../http/error-response.ts'
import type { Access } from '../../users/access.ts'
import { callerOf } from '../../users/caller.ts'
import type { Credentials } from '../../users/credentials.ts'
import { refusalOf, VIEWER_COOKIE } from '../../users/door.ts'
import { VIEWER_SESSION_MS } from '../../users/viewer-session.ts'

/** `GET /api/session`: whether the page must ask for a login. */
export const viewerSessionRoute: RequestHandler = (_request, response) => {
  if (refusalOf(response) !== undefined) return answer(response, { login: 'required', name: null })
  const { kind } = response.locals.credentials as Credentials
  const { user } = callerOf(response)
  answer(response, { login: kind === 'session' ? 'done' : 'unneeded', name: user?.name ?? null })
}

/** `POST /api/login`: name and password, or a token, as JSON; the login is a cookie. */
export function viewerLoginRoute({ logIn }: Pick<Access, 'logIn'>): readonly RequestHandler[] {
  return [
    json({ limit: '4kb', type: 'application/json' }),
    async (request, response) => {
      const { success, data } = viewerLogin.safeParse(request.body)
      if (!success) return sendError(response, 'bad-request')
      const result = await logIn(data, request.ip ?? '')
      if ('refused' in result) return sendError(response, result.refused)
      const { session: value, name } = result
      setLoginCookie(request, response, { name: VIEWER_COOKIE, value, maxAgeMs: VIEWER_SESSION_MS })
      answer(response, { login: 'done', name })
    },
  ]
}

/** `POST /api/logout` */
export const viewerLogoutRoute: RequestHandler = (request, response) => {
  setLoginCookie(request, response, { name: VIEWER_COOKIE, value: undefined, maxAgeMs: 0 })
  answer(response, { login: 'required', name: null })
}

function answer(response: Response, session: ViewerSessionAnswer): void {
  response.set('Cache-Control', 'no-store').json(session)
}
