import type { ProviderAccount } from './provider-options.ts'

export type ProviderRoute =
  | { readonly kind: 'playlist'; readonly account: ProviderAccount }
  | {
      readonly kind: 'panel'
      readonly account: ProviderAccount | undefined
      readonly action: string | null
      readonly series: string | null
    }
  | { readonly kind: 'guide'; readonly account: ProviderAccount }
  | { readonly kind: 'stream'; readonly account: ProviderAccount; readonly streamId: string; readonly path: string }
  | { readonly kind: 'redirected'; readonly token: string }
  | { readonly kind: 'denied' }
  | { readonly kind: 'other' }

/**
 * `/get.php?username=&password=`, `player_api.php` and `xmltv.php` with the same,
 * `/live/<user>/<password>/<id>.ts`, also `/movie/…` and `/series/…`, the short
 * `/<user>/<password>/<id>`, `/token/<token>`, and
 * `/timeshift/<user>/<password>/<minutes>/<when>/<id>.ts`.
 */
export function routeRequest(target: string, accounts: readonly ProviderAccount[]): ProviderRoute {
  const url = new URL(target, 'http://provider')
  const accountOf = (user: string | null, password: string | null) =>
    accounts.find((one) => one.user === user && one.password === password)
  if (url.pathname === '/get.php') {
    const account = accountOf(url.searchParams.get('username'), url.searchParams.get('password'))
    return account ? { kind: 'playlist', account } : { kind: 'denied' }
  }
  if (url.pathname === '/player_api.php' || url.pathname === '/xmltv.php') {
    const account = accountOf(url.searchParams.get('username'), url.searchParams.get('password'))
    if (url.pathname === '/player_api.php') {
      const [action, series] = ['action', 'series_id'].map((name) => url.searchParams.get(name)) as [string, string]
      return { kind: 'panel', account, action, series }
    }
    return account ? { kind: 'guide', account } : { kind: 'denied' }
  }
  const token = /^\/token\/([\w-]+)$/.exec(url.pathname)?.[1]
  if (token !== undefined) return { kind: 'redirected', token }
  const past = /^\/timeshift(\/[^/]+\/[^/]+)\/\d+\/\d{4}-\d\d-\d\d:\d\d-\d\d(\/[^/]+)$/.exec(url.pathname)
  const [, login = '', stream = ''] = past ?? []
  const path = STREAM.exec(past ? login + stream : url.pathname)
  if (!path) return { kind: 'other' }
  const [user, password, streamId] = path.slice(1).map(decoded) as [string, string, string]
  const account = accountOf(user, password)
  return account ? { kind: 'stream', account, streamId, path: url.pathname } : { kind: 'denied' }
}

const STREAM = /^(?:\/live|\/movie|\/series)?\/([^/]+)\/([^/]+)\/([^/]+?)(?:\.(?:ts|mp4|mkv|avi))?$/

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
