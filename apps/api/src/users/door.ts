import type { ErrorCode } from '@kptv/contract'
import { type Request, type RequestHandler, type Response, urlencoded } from 'express'
import { readCookie } from '../http/cookie.ts'
import { sendError } from '../http/error-response.ts'
import { setLinkToken } from '../http/links.ts'
import type { Access } from './access.ts'
import { EVERYONE, setCaller } from './caller.ts'
import { type Credentials, credentialsOf, readCredentials, readDeviceToken } from './credentials.ts'

/**
 * Takes the login out of the address and header of a request, before anything else reads them.
 * Logs, routes and errors never see it.
 */
export const takeCredentials: RequestHandler = (request, response, next) => {
  const { credentials, url } = readCredentials(request.url, request.get('authorization'))
  response.locals.credentials = credentials
  request.url = url
  delete request.headers.authorization
  next()
}

/** The login of the page for viewers. */
export const VIEWER_COOKIE = 'kptv-viewer'

/** Takes the login of the page, where the request brings no other. */
export const takeSession: RequestHandler = (request, response, next) => {
  const session = readCookie(request, VIEWER_COOKIE)
  const { kind } = response.locals.credentials as Credentials
  if (kind === 'none' && session !== undefined) response.locals.credentials = { kind: 'session', session }
  next()
}

/** The same for a token in the address of a tuner; a text that is no user's token is a group. */
export function takeDeviceToken({ isToken }: Pick<Access, 'isToken'>): RequestHandler {
  return (request, response, next) => {
    const present = response.locals.credentials as Credentials
    const { credentials, url } = readDeviceToken(request.url)
    const isLogin = credentials.kind === 'token' && isToken(credentials.token)
    if (present.kind !== 'none' || !isLogin) return next()
    response.locals.credentials = credentials
    request.url = url
    next()
  }
}

/**
 * Reads a login from a form too (`application/x-www-form-urlencoded`), as some Xtream apps send it.
 */
export const takeFormCredentials: readonly RequestHandler[] = [
  urlencoded({ extended: false, limit: '4kb', parameterLimit: 20 }),
  (request, response, next) => {
    const form: Record<string, unknown> = request.body ?? {}
    const found = credentialsOf(form)
    if (found.kind !== 'none') response.locals.credentials = found
    next()
  },
]

/**
 * Finds the caller. Whether it is let in without a login is up to the routes: {@link
 * requireCaller}.
 */
export function findCaller(access: Pick<Access, 'admit'>): RequestHandler {
  return async (request, response, next) => {
    const credentials = response.locals.credentials as Credentials
    const origin = { address: request.ip ?? '', agent: request.get('user-agent') ?? '' }
    const found = await access.admit(credentials, origin)
    if ('refused' in found) response.locals.refused = found.refused
    else {
      setCaller(response, found)
      setLinkToken(response, found.linkToken)
    }
    next()
  }
}

/** Why the request was not let in, if it was not. */
export function refusalOf({ locals }: Response): ErrorCode | undefined {
  return locals.refused as ErrorCode | undefined
}

/** The door: nothing behind it is reached without a caller. */
export const requireCaller: RequestHandler = (request, response, next) => {
  const refused = refusalOf(response)
  if (refused === undefined) return next()
  // A browser asks its user, unless our page does.
  if ((refused === 'login-required' || refused === 'wrong-login') && !isOfPage(request))
    response.set('WWW-Authenticate', 'Basic realm="KPTV", charset="UTF-8"')
  sendError(response, refused)
}

/** Browsers say what a request is for on secure origins only; elsewhere the cookie decides. */
function isOfPage(request: Request): boolean {
  const isFetched = request.get('sec-fetch-site') === 'same-origin' && request.get('sec-fetch-mode') !== 'navigate'
  return isFetched || request.path.startsWith('/api/') || readCookie(request, VIEWER_COOKIE) !== undefined
}

/** The door of a port that has no users. */
export const letEveryoneIn: RequestHandler = (_request, response, next) => {
  setCaller(response, EVERYONE)
  next()
}
