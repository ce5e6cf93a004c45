import { RESERVED_NAMES } from '@kptv/config'

/** The login that a request brings; `none`: it brings no complete one. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  /** Of the page, in a cookie. */
  | { readonly kind: 'session'; readonly session: string }

type ReadCredentials = {
  readonly credentials: Credentials
  /** Path and query without the login: all that routes and logs ever see. */
  readonly url: string
}

const NONE: Credentials = { kind: 'none' }
const MAX_PART = 256

/** `/link/<token>/…`: links that we hand out. */
const LINK = /^\/link\/([^/?]+)(\/[^?]*)?(\?.*)?$/
/** `/live/<user>/<password>/…`, as apps with an Xtream login build them. */
const XTREAM = /^\/(live|movie|series|timeshift)\/([^/?]+)\/([^/?]+)(\/[^?]+)(\?.*)?$/
const DEVICE = /^\/hdhr\/([\w-]{16,128})(\/.*)$/
/** `/<user>/<password>/<number>`, of older apps. */
const XTREAM_SHORT = /^\/([^/?]+)\/([^/?]+)(\/\d+(?:\.\w{1,5})?)(\?.*)?$/

/**
 * Reads the login of a request and takes it out of the address: from the path of our links or of an
 * Xtream app, from the query (`token`, or `username` and `password`), or from a Basic
 * `Authorization` (RFC 7617), in this order.
 */
export function readCredentials(url: string, authorization: string | undefined): ReadCredentials {
  const inPath = ofPath(url)
  const inQuery = ofQuery(inPath.url)
  const found = [inPath.credentials, inQuery.credentials, ofHeader(authorization)]
  return { credentials: found.find(({ kind }) => kind !== 'none') ?? NONE, url: inQuery.url }
}

/**
 * `/hdhr/<token>/…`: set-ups of recorders take short addresses. A group of channels may stand at
 * the same place, and its name may look like a token: the caller must know the tokens.
 */
export function readDeviceToken(url: string): ReadCredentials {
  const [, token, path = ''] = DEVICE.exec(url) ?? []
  return token === undefined
    ? { credentials: NONE, url }
    : { credentials: { kind: 'token', token }, url: `/hdhr${path}` }
}

/** From a form: `username` and `password`. */
export function credentialsOf(fields: Readonly<Record<string, unknown>>): Credentials {
  const { username: name, password } = fields
  return isPart(name) && isPart(password) ? { kind: 'password', name, password } : NONE
}

function ofPath(url: string): ReadCredentials {
  const link = LINK.exec(url)
  if (link !== null) {
    const [, token = '', path = '/', query = ''] = link
    return { credentials: tokenOf(decode(token)), url: path + query }
  }
  const xtream = XTREAM.exec(url)
  if (xtream !== null) {
    const [, kind, name = '', password = '', path = '', query = ''] = xtream
    return { credentials: passwordOf(decode(name), decode(password)), url: `/${kind}${path}${query}` }
  }
  const [, name = '', password = '', path = '', query = ''] = XTREAM_SHORT.exec(url) ?? []
  if (path === '' || RESERVED_NAMES.has(name.toLowerCase())) return { credentials: NONE, url }
  return { credentials: passwordOf(decode(name), decode(password)), url: `/live${path}${query}` }
}

function ofQuery(url: string): ReadCredentials {
  const start = url.indexOf('?')
  if (start < 0) return { credentials: NONE, url }
  const query = new URLSearchParams(url.slice(start))
  const [token, name, password] = [query.get('token'), query.get('username'), query.get('password')]
  if (token === null && name === null && password === null) return { credentials: NONE, url }
  for (const field of ['token', 'username', 'password']) query.delete(field)
  const rest = query.size === 0 ? '' : `?${query}`
  const credentials = token === null ? passwordOf(name, password) : tokenOf(token)
  return { credentials, url: url.slice(0, start) + rest }
}

function ofHeader(authorization: string | undefined): Credentials {
  const [, encoded] = /^basic +([\w+/=-]{1,1024})$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return NONE
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? NONE : passwordOf(text.slice(0, colon), text.slice(colon + 1))
}

function tokenOf(token: string | null): Credentials {
  return isPart(token) ? { kind: 'token', token } : NONE
}

function passwordOf(name: string | null, password: string | null): Credentials {
  return isPart(name) && isPart(password) ? { kind: 'password', name, password } : NONE
}

/** As it is, where its escapes are malformed. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function isPart(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.length <= MAX_PART
}
