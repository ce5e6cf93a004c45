import { loginIn, panelAddress } from '@kptv/addresses'
import type { Source, SourceKind, SourceLogin } from './parse-sources.ts'
import { accountId } from './source-id.ts'
import type { WrittenSource } from './source-shape.ts'

/** All logins of a source, the one of its `url` first. */
export function loginsOf(source: Source): readonly SourceLogin[] {
  return [source, ...(source.otherLogins ?? [])]
}

/** Everything that no one may see. */
export function secretsOf(source: Source | undefined): readonly string[] {
  return source === undefined ? [] : loginsOf(source).flatMap(({ secrets }) => secrets)
}

type Written = Pick<WrittenSource, 'url' | 'type' | 'kinds' | 'logins' | 'limit'>
type WrittenLogin = { readonly url: URL; readonly limit: number }

/** How its list is read; an address may say it too. */
export function readKind({ url, type, kinds }: Written): { readonly type?: 'xtream'; readonly kinds?: SourceKind[] } {
  const isXtream = type === 'xtream' || /^xtream/i.test(url)
  return { ...(isXtream ? { type: 'xtream' as const } : {}), ...(kinds === undefined ? {} : { kinds }) }
}

/** Why address, type and logins do not fit together: one sentence, without secrets. */
export function loginProblem(written: Written): string | undefined {
  const { url, kinds, logins, limit } = written
  const { type } = readKind(written)
  const hasLogin = loginIn(new URL(url)) !== undefined
  if (written.type === 'm3u' && /^xtream/i.test(url)) return 'type: must be xtream for an xtream:// address'
  if (kinds !== undefined && type === undefined) return 'kinds: needs `type: xtream`; a playlist has `filters`'
  if (logins === undefined) {
    return type === undefined || hasLogin ? undefined : 'url: has no login; write it there, or `logins:` below it'
  }
  if (hasLogin) return 'logins: the address already has a login; write it in one place only'
  if (limit !== undefined) return 'limit: each of the `logins` has its own'
  const names = logins.map(({ username }) => username)
  if (new Set(names).size < names.length) return 'logins: a username appears twice'
  // The place of a secret in a sealed address says whether it is the user or the password.
  const isAmbiguous = logins.length > 1 && logins.some(({ username, password }) => username === password)
  return isAmbiguous ? 'logins: with several, no username may equal its password' : undefined
}

/** The addresses of the list, one for each login. */
export function writtenLogins(written: Written): readonly [WrittenLogin, ...WrittenLogin[]] {
  const { type } = readKind(written)
  const address = new URL(written.url)
  address.hash = ''
  const [first, ...others] = written.logins ?? []
  if (first === undefined) {
    const url = type === undefined ? address : (panelAddress(address) ?? address)
    return [{ url, limit: written.limit ?? 1 }]
  }
  const of = (login: typeof first): WrittenLogin => {
    const { username, password, limit } = login
    if (type === 'xtream') return { url: panelAddress(address, { username, password }) ?? address, limit }
    const url = new URL(address)
    const fields = `username=${encodeURIComponent(username)}&password=${encodeURIComponent(password)}`
    url.search = url.search === '' ? fields : `${fields}&${url.search.slice(1)}`
    return { url, limit }
  }
  return [of(first), ...others.map(of)]
}

/**
 * @param firstSecrets of the source: those of its login are replaced by the same ones of this login
 */
export function otherLogin({ url, limit }: WrittenLogin, first: URL, firstSecrets: readonly string[]): SourceLogin {
  const [ofFirst, own] = [spellings(first), spellings(url)]
  const secrets = firstSecrets.map((secret) => own[ofFirst.indexOf(secret)] ?? secret)
  return { url: url.href, accountId: accountId(url), limit, secrets }
}

/** User and password in all spellings, always in the same order and number. */
function spellings(url: URL): readonly string[] {
  const { username = '', password = '' } = loginIn(url) ?? {}
  return [username, password].flatMap((plain) => {
    const encoded = encodeURIComponent(plain)
    const lower = encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
    return [encoded, plain, lower, encoded.replaceAll('%20', '+')]
  })
}
