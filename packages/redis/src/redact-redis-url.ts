/** Scheme, host, port and database of a Redis address; user and password are left out. Never throws. */
export function redactRedisUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url)
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
  } catch {
    return 'an address that cannot be read'
  }
}
