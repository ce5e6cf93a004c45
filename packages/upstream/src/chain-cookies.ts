/** Cookies of one redirect chain; forgotten with it, as each connect starts again at the catalogue's address. */
export type ChainCookies = {
  store(url: URL, setCookie: readonly string[] | undefined): void
  /** Value of the `Cookie` field for this address, or undefined. */
  forUrl(url: URL): string | undefined
}

type Cookie = { name: string; value: string; domain: string; hostOnly: boolean; secure: boolean }

const MAX_COOKIES = 50
const MAX_COOKIE_LENGTH = 4_096

/**
 * RFC 6265 as far as a chain of a few requests needs it: host-only cookies, `Domain` of a parent with at least two
 * labels, `Secure`, deletion by `Max-Age=0`. Paths and dates are not kept.
 */
export function createChainCookies(): ChainCookies {
  let cookies: Cookie[] = []

  return {
    store(url, setCookie = []) {
      for (const line of setCookie) {
        const parsed = parseCookie(line, url.hostname)
        if (parsed === undefined) continue
        const { cookie, expired } = parsed
        cookies = cookies.filter((kept) => kept.name !== cookie.name || kept.domain !== cookie.domain)
        if (!expired && cookies.length < MAX_COOKIES) cookies.push(cookie)
      }
    },
    forUrl(url) {
      const sent = cookies.filter((cookie) => matches(cookie, url)).map(({ name, value }) => `${name}=${value}`)
      return sent.length === 0 ? undefined : sent.join('; ')
    },
  }
}

function matches(cookie: Cookie, url: URL): boolean {
  if (cookie.secure && url.protocol !== 'https:') return false
  return url.hostname === cookie.domain || (!cookie.hostOnly && url.hostname.endsWith(`.${cookie.domain}`))
}

function parseCookie(line: string, hostname: string): { cookie: Cookie; expired: boolean } | undefined {
  if (line.length > MAX_COOKIE_LENGTH) return undefined
  const [pair = '', ...attributes] = line.split(';')
  const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)=([\x20-\x7e]*?)\s*$/i.exec(pair) ?? []
  if (name === undefined || value === undefined) return undefined

  const cookie: Cookie = { name, value, domain: hostname, hostOnly: true, secure: false }
  let expired = false
  for (const attribute of attributes) {
    const [key = '', setting = ''] = attribute.split('=').map((part) => part.trim().toLowerCase())
    if (key === 'secure') cookie.secure = true
    if (key === 'max-age' && /^(0|-\d+)$/.test(setting)) expired = true
    if (key !== 'domain' || setting === '') continue
    const domain = setting.replace(/^\./, '')
    if (domain === hostname) cookie.hostOnly = false
    else if (domain.includes('.') && hostname.endsWith(`.${domain}`)) {
      cookie.domain = domain
      cookie.hostOnly = false
    } else return undefined
  }
  return { cookie, expired }
}
