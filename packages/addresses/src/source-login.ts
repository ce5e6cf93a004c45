import { loginInPath } from './login-in-path.ts'

/**
 * The part of an address that identifies a customer of the provider, percent-encoded as written.
 */
type SourceLogin = {
  /**
   * The user name or its substitute: a device, an account number, a token. Empty: there is no
   * login.
   */
  readonly user: string
  readonly passwords: readonly string[]
  /** All credentials in the order user, password, tokens. */
  readonly all: readonly string[]
}

// Names of query parameters in the address of a source. Addresses of entries are judged by a
// shorter list (isEntryCredential), because `u` or `p` may be anything there.
const USER_KEY = /^(?:user(?:_?name)?|usr|u|login)$/i
const DEVICE_KEY = /^(?:mac|account|e?mail)$/i
const PASSWORD_KEY = /^(?:pass(?:word|wd)?|pwd|pw|pin)$/i
const TOKEN_KEY =
  /^(?:p|(?:(?:api|access|auth|private)[_-]?)?(?:key|token)|auth(?:orization)?|secret|sig(?:nature)?|hash|sid|session(?:_?id)?)$/i

// A long segment that mixes letters and digits is a token, under any name.
const TOKEN_SEGMENT = /^(?=[^/]*\d)(?=[^/]*[a-z])[\w~%-]{20,}$/i

/** The login in the address of a source. */
export function findSourceLogin(url: URL): SourceLogin {
  const [pathUser = '', pathPassword = ''] = loginInPath(url.pathname) ?? []
  const query = queryPairs(url).filter(({ value }) => value !== '')
  const valuesOf = (isWanted: (key: string) => boolean) =>
    query.filter(({ key }) => isWanted(key)).map(({ value }) => value)
  // `p` alone may be a page number.
  const hasShortUser = query.some(({ key }) => /^u$/i.test(key))
  const isPassword = (key: string) => PASSWORD_KEY.test(key) || (hasShortUser && /^p$/i.test(key))
  const inUserinfo = [url.username, url.password]
  const inPath = url.pathname.split('/').filter((segment) => TOKEN_SEGMENT.test(segment))
  const passwords = [url.password, pathPassword, ...valuesOf(isPassword)].filter(isThere)
  const named = [url.username, pathUser, ...valuesOf((key) => USER_KEY.test(key))]
  const standIns = [...valuesOf((key) => DEVICE_KEY.test(key)), ...inPath, ...valuesOf((key) => TOKEN_KEY.test(key))]
  const [user = ''] = [...named, ...standIns, ...passwords].filter(isThere)
  const all = [...inUserinfo, pathUser, pathPassword, ...valuesOf(isSourceCredential), ...inPath]
  return { user, passwords, all: [...new Set(all.filter(isThere))] }
}

/**
 * Names the account whose connections a provider counts: host and user, or the substitute of the
 * user. Without any login the list itself is the account, by host and path. Other query parameters,
 * the password and the scheme make no difference. Holds the user: as secret as the address.
 */
export function accountKey(url: URL): string {
  const { user } = findSourceLogin(url)
  return JSON.stringify(user === '' ? ['list', url.host, url.pathname] : ['user', url.host, decoded(user)])
}

/** Whether a query parameter of this name in the address of a source holds a credential. */
export function isSourceCredential(key: string): boolean {
  return [USER_KEY, DEVICE_KEY, PASSWORD_KEY, TOKEN_KEY].some((pattern) => pattern.test(key))
}

/**
 * The query as written: `URLSearchParams` would decode it, and the written text is what must be
 * found again.
 */
export function queryPairs(url: URL): Array<{ readonly key: string; readonly value: string }> {
  const pairs = url.search.slice(1).split('&')
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? { key: pair, value: '' } : { key: pair.slice(0, equals), value: pair.slice(equals + 1) }
    })
}

/** Form-decoded, or as it is if that cannot be done. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function isThere(text: string): boolean {
  return text !== ''
}
