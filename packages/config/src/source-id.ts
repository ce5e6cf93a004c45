import { createHash } from 'node:crypto'
import { findLogin, isCredentialKey, queryPairs } from './source-secrets.ts'

/**
 * A name for a source that stays the same when its password, its limit or its place in the list changes: host for people, and a
 * short hash of scheme, host, path and query without anything secret. Example: `tv-example-com-3f2a9c`.
 */
export function sourceId(url: URL): string {
  const login = findLogin(url)
  const path = url.pathname.split('/').map((segment) => (login.all.includes(segment) ? '*' : segment))
  const query = queryPairs(url)
    .filter(({ key }) => !isCredentialKey(key))
    .map(({ key, value }) => `${key}=${value}`)
    .sort()
  const slug = url.host
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32)
  return `${slug}-${shortHash(`${url.protocol}//${url.host}${path.join('/')}?${query.join('&')}`, 6)}`
}

/** Tells two logins at one address apart. Sixteen bits of a hash: enough for that, too few to find the user by trying. */
export function loginMark(url: URL): string {
  return shortHash(`login:${findLogin(url).user}`, 4)
}

function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** The id of a source with a name of its own: everything else about it may change. Example: `my-provider-3f2a9c`. */
export function namedSourceId(name: string): string {
  const key = name.normalize('NFKC').trim().toLowerCase()
  const slug = key
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '')
  return `${slug === '' ? 'source' : slug}-${shortHash(`name:${key}`, 6)}`
}
