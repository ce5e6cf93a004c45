/**
 * An address that is safe to show: scheme, host and port stay. Everything that carries logins in
 * IPTV (user info, path, query, fragment) becomes `…`.
 *
 * @example redactUrl('http://user:pass@tv.example:8080/live/user/pass/7.ts') //
 * 'http://tv.example:8080/…'
 */
export function redactUrl(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return host === '' ? `${protocol}…` : `${protocol}//${host}/…`
  } catch {
    // Half an address may still hold a password where the host should be, so nothing after the
    // scheme is kept.
    const scheme = /^\s*([a-z][a-z0-9+.-]{0,15}):\/\//i.exec(url)?.[1]
    return scheme === undefined ? '…' : `${scheme.toLowerCase()}://…`
  }
}
