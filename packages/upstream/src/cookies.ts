import { Cookie, CookieJar } from 'tough-cookie'

/**
 * Cookies of one session of requests; dropped with it, because each session starts at the
 * catalogue's address.
 */
export type Cookies = {
  store(url: URL, setCookie: readonly string[] | undefined): void
  /** Value of the `Cookie` field for this address, or undefined. */
  forUrl(url: URL): string | undefined
}

const MAX_COOKIES = 50
const MAX_COOKIE_LENGTH = 4_096
/** Characters of a field; the name is a token (RFC 6265 section 4.1.1). */
const WELL_FORMED = /^\s*[!#$%&'*+.^_`|~0-9a-z-]+=[\x20-\x7e\xa0-\xff]*$/i

/** RFC 6265, within bounds of number and length. A cookie that a host may not set is ignored. */
export function createCookies(): Cookies {
  const jar = new CookieJar()
  const known = new Set<string>()

  function storeOne(url: URL, line: string): void {
    const cookie = line.length > MAX_COOKIE_LENGTH || !WELL_FORMED.test(line) ? undefined : Cookie.parse(line)
    if (cookie === undefined) return
    const name = `${cookie.domain ?? url.hostname};${cookie.path ?? ''};${cookie.key}`
    if (!known.has(name) && known.size >= MAX_COOKIES) return
    if (jar.setCookieSync(cookie, url.href, { ignoreError: true }) !== undefined) known.add(name)
  }

  return {
    store(url, setCookie = []) {
      for (const line of setCookie) storeOne(url, line)
    },
    forUrl: (url) => jar.getCookieStringSync(url.href) || undefined,
  }
}
