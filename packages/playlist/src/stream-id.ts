import { decodedPath, isEntryCredential } from '@kptv/addresses'

/** `streamIdentity` for many addresses of one source. */
export function createStreamIdentity(secrets: readonly string[]): (address: string) => string {
  const isSecret = secretMatcher(secrets)
  return (address) => identityOf(address, isSecret)
}

/**
 * Identifies a stream inside its source, independent of host, port, scheme and the customer's
 * credentials: the provider's own number where the URL shows one, otherwise path and query without
 * credentials. Readable text, free of the given secrets and of those it can recognise. A URL
 * without path and query is named by its host.
 *
 * Two streams of one list can share an identity (same path, different host): channel and order
 * distinguish them.
 *
 * @param secrets user name, password and token of the source, in plain text
 */
export function streamIdentity({
  url: address,
  secrets,
}: {
  readonly url: string
  readonly secrets: readonly string[]
}): string {
  return identityOf(address, secretMatcher(secrets))
}

function identityOf(address: string, isSecret: (text: string) => boolean): string {
  const own = PANEL_ADDRESS.exec(address)
  if (own) return `${own[1]!.toLowerCase()}:${own[2]}`
  const url = URL.parse(address)
  if (!url) return ''
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const number = providersNumber(parts, isSecret)
  if (number) return number

  const path = parts.filter((part) => !isSecret(part) && !JSON_WEB_TOKEN.test(part)).join('/')
  const query = (url.search === '' ? [] : [...url.searchParams])
    .filter(([key, value]) => !isEntryCredential(key) && !isSecret(value) && !JSON_WEB_TOKEN.test(value))
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join('&')
  // A group address is not a host that changes: it is the channel.
  const group = url.protocol === 'udp:' || url.protocol === 'rtp:' ? url.host : ''
  const identity = [group, path].filter(Boolean).join('/') + (query && `?${query}`)
  return identity || url.host
}

/**
 * `live:123` for `/live/user/password/123.ts` and for the short form `/user/password/123`; also
 * movies and series.
 */
function providersNumber(parts: readonly string[], isSecret: (text: string) => boolean): string | undefined {
  const [kind, ...rest] = parts.length === 4 && KIND.test(parts[0]!) ? parts : ['live', ...parts]
  if (rest.length !== 3) return undefined
  const number = /^(\d+)(?:\.([a-z0-9]+))?$/i.exec(rest[2]!)
  if (!number) return undefined
  const isLong = parts.length === 4
  // Three parts that end in a number are often an ordinary path; the path of a panel does not end
  // in an HLS playlist.
  const isShort = isSecret(rest[0]!) || isSecret(rest[1]!) || /^(?:ts)?$/i.test(number[2] ?? '')
  return isLong || isShort ? `${kind!.toLowerCase()}:${number[1]}` : undefined
}

/** The usual long form; the checks below recognise it too, but slower. */
const PANEL_ADDRESS = /^https?:\/\/[^/?#\\]+\/(live|movie|series)\/[^/?#\\.]+\/[^/?#\\.]+\/(\d+)(?:\.[a-z0-9]+)?$/i
const KIND = /^(?:live|movie|series)$/i
const JSON_WEB_TOKEN = /^ey[\w-]{8,}\.[\w-]+\.[\w-]*$/

function secretMatcher(secrets: readonly string[]): (text: string) => boolean {
  const known = new Set(
    secrets.filter((secret) => secret !== '').flatMap((secret) => [secret, encodeURIComponent(secret)]),
  )
  return (text) => known.has(text) || known.has(decodedPath(text))
}
