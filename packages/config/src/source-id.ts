import { hash } from 'node:crypto'
import { accountKey, findSourceLogin, isSourceCredential, queryPairs } from '@kptv/addresses'

/**
 * A name for a source that stays the same when its password, its limit or its place in the list
 * changes: host for people, and a short hash of scheme, host, path and query without anything
 * secret. Example: `tv-example-com-3f2a9c`.
 */
export function sourceId(url: URL): string {
  const login = findSourceLogin(url)
  const path = url.pathname.split('/').map((segment) => (login.all.includes(segment) ? '*' : segment))
  const query = queryPairs(url)
    .filter(({ key }) => !isSourceCredential(key))
    .map(({ key, value }) => `${key}=${value}`)
    .sort()
  return `${slugOf(url.host)}-${shortHash(`${url.protocol}//${url.host}${path.join('/')}?${query.join('&')}`, 6)}`
}

/**
 * Names the account whose connections a provider counts: host for people, and a short hash of host
 * and user. It depends on nothing else, so neither editing a source nor adding another one gives a
 * login a second account. 24 bits of a hash are enough to distinguish the users of one host, and
 * too few to find one by trying.
 */
export function accountId(url: URL): string {
  return `${slugOf(url.host)}-${shortHash(`account:${accountKey(url)}`, 6)}`
}

/**
 * Distinguishes two logins at one address. Sixteen bits of a hash: enough for that, too few to find
 * the user by trying.
 */
export function loginMark(url: URL): string {
  return shortHash(`login:${findSourceLogin(url).user}`, 4)
}

function slugOf(host: string): string {
  return host
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32)
}

function shortHash(text: string, length: number): string {
  return hash('sha256', text).slice(0, length)
}

/** The id of a named source: everything else about it may change. Example: `my-provider-3f2a9c`. */
export function namedSourceId(name: string): string {
  const key = name.normalize('NFKC').trim().toLowerCase()
  const slug = key
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '')
  return `${slug === '' ? 'source' : slug}-${shortHash(`name:${key}`, 6)}`
}
