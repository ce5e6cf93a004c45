import { isSameOwner } from './check-url.ts'
import { type Login, loginIn } from './digest-login.ts'

/**
 * Header fields in order, as configured or as found in a list. An empty value removes an earlier
 * one.
 */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>

/**
 * The fields by which providers identify a client, in the order in which browsers send them; those
 * of an entry may follow and win.
 */
export function identityHeaders(who: {
  readonly userAgent: string
  readonly reqOrigin: string | undefined
  readonly reqReferrer: string | undefined
}): HeaderList {
  const { userAgent, reqOrigin, reqReferrer } = who
  return [
    ['User-Agent', userAgent],
    ...(reqOrigin === undefined ? [] : [['Origin', reqOrigin] as const]),
    ...(reqReferrer === undefined ? [] : [['Referer', reqReferrer] as const]),
  ]
}

/**
 * The header fields of one hop. Login and other special fields go only to the host they were meant
 * for: to the first address of the chain, not to where it redirects. A field that could break
 * framing, or that we cannot honour (`Range` on live, `Accept-Encoding` on media), never goes out,
 * wherever it was found.
 */
export function headersForHop(hop: {
  readonly url: URL
  readonly firstUrl: URL
  readonly headers: HeaderList
  readonly cookie: string | undefined
  readonly authorization: string | undefined
}): Record<string, string> {
  const own = isSameOwner(hop.firstUrl, hop.url)
  const sent: Record<string, string> = { Host: hop.url.host }
  for (const [name, value] of hop.headers) {
    if (value === '') takeField(sent, name)
    else if (isSendable(name, value) && (own || PORTABLE.has(name.toLowerCase()))) setField(sent, name, value)
  }
  if (hop.authorization !== undefined) setField(sent, 'Authorization', hop.authorization)
  if (hop.cookie !== undefined) {
    const configured = takeField(sent, 'cookie')
    sent.Cookie = configured === undefined ? hop.cookie : `${configured}; ${hop.cookie}`
  }
  return sent
}

/** The login for one hop: its own, or at the host of the first address the login of that. */
export function loginForHop({ url, firstUrl }: { readonly url: URL; readonly firstUrl: URL }): Login | undefined {
  return loginIn(url) ?? (isSameOwner(firstUrl, url) ? loginIn(firstUrl) : undefined)
}

/** Fields that identify the client, not its rights: providers check them at every hop. */
const PORTABLE = new Set(['user-agent', 'accept', 'accept-language', 'origin', 'referer'])

const NEVER_SENT = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const MAX_VALUE_LENGTH = 8_192

function isSendable(name: string, value: string): boolean {
  // RFC 9110 section 5.6.2 (token) and 5.5 (field value); Latin-1 is all that fits into a field.
  const wellFormed = /^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/i.test(name) && /^[\t\x20-\x7e\xa0-\xff]+$/.test(value)
  return wellFormed && value.length <= MAX_VALUE_LENGTH && !NEVER_SENT.has(name.toLowerCase())
}

/** The last field of a name wins; case is ignored. */
function setField(fields: Record<string, string>, name: string, value: string): void {
  takeField(fields, name)
  fields[name] = value
}

function takeField(fields: Record<string, string>, name: string): string | undefined {
  const known = Object.keys(fields).find((key) => key.toLowerCase() === name.toLowerCase())
  if (known === undefined) return undefined
  const value = fields[known]
  delete fields[known]
  return value
}
