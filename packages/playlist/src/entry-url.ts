import type { SkipReason } from './model.ts'

type EntryUrl = { readonly url: string; readonly headerQuery: string } | { readonly skip: SkipReason }

const KEPT_SCHEMES = new Set(['http', 'https', 'rtsp', 'rtmp', 'rtmps', 'udp', 'rtp'])

/**
 * Reads a URL line: `url|Header=value&…`, Kodi's convention. Relative addresses are resolved
 * against `baseUrl`. `garbage` means that the line does not look like an address at all.
 */
export function readEntryUrl(quotedLine: string, baseUrl?: string): EntryUrl {
  const line = withoutInvisibleEnds(quotedLine)
  const bar = line.indexOf('|')
  const isQuoted = QUOTE_AT_START.test(line)
  const address = toKnownScheme(withoutQuotes(bar < 0 ? line : line.slice(0, bar).trimEnd()))
  const headerQuery = bar < 0 ? '' : line.slice(bar + 1, isQuoted && QUOTE_AT_END.test(line) ? -1 : undefined)

  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    if (!looksRelative(address)) return { skip: 'garbage' }
    const url = baseUrl === undefined ? null : URL.parse(address, baseUrl)
    if (!url || !KEPT_SCHEMES.has(url.protocol.slice(0, -1))) return { skip: 'relative-url' }
    return { url: url.href, headerQuery }
  }
  if (!KEPT_SCHEMES.has(scheme)) return { skip: 'unsupported-scheme' }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an address must not contain them
  if (/[\u0000-\u001f\u007f]/.test(address)) return { skip: 'bad-url' }
  if (scheme === 'http' || scheme === 'https') return URL.canParse(address) ? { url: address, headerQuery } : BAD_URL
  return /^[^:]+:\/\/./.test(address) ? { url: address, headerQuery } : BAD_URL
}

/**
 * Some lists name multicast addresses by the protocol that joins a group, and others by what their
 * player shall do with them.
 */
function toKnownScheme(address: string): string {
  return address
    .replace(/^igmp:\/\/@?/i, 'udp://@')
    .replace(/^(?:icyx?|unsv):\/\//i, 'http://')
    .replace(/^hls\+(?=https?:\/\/)/i, '')
    .replace(/^rtsp[tu]:\/\//i, 'rtsp://')
}

/** Zero-width characters and marks of direction come along when text is copied from a page. */
function withoutInvisibleEnds(line: string): string {
  let [start, end] = [0, line.length]
  while (start < end && INVISIBLE.test(line[start]!)) start += 1
  while (end > start && INVISIBLE.test(line[end - 1]!)) end -= 1
  return line.slice(start, end)
}

const INVISIBLE = /[\s\0\p{Cf}]/u
const QUOTE_AT_START = /^["']/
const QUOTE_AT_END = /["']$/

/** Some lists put the address in quotes, in a single one, or in angle brackets. */
function withoutQuotes(address: string): string {
  const [, bracketed] = /^<([a-z]+:\/\/[^<>]*)>$/i.exec(address) ?? []
  return bracketed ?? address.replace(QUOTE_AT_START, '').replace(QUOTE_AT_END, '')
}

/** Links of playlists, also with a token, and those that apps build with an Xtream login. */
const OWN_STREAM = /^(?:\/link\/[^/]+)?\/stream\/.|^\/live(?:\/[^/]+){3}$|^(?:\/[^/]+){2}\/\d+(?:\.\w{1,5})?$/

/**
 * Whether an address is a stream of this proxy itself, whose links begin with `ownBase`; http or
 * https makes no difference.
 */
export function createOwnStreamTest(ownBase: string | undefined): (address: string) => boolean {
  const own = ownBase === undefined ? null : URL.parse(ownBase)
  if (own === null) return () => false
  const prefix = own.pathname.replace(/\/+$/, '')
  return (address) => {
    // Lists have a million addresses, hardly any of them ours.
    if (!address.toLowerCase().includes(own.hostname)) return false
    const url = URL.parse(address)
    if (url === null || own.hostname !== url.hostname || portOf(own) !== portOf(url)) return false
    return url.pathname.startsWith(`${prefix}/`) && OWN_STREAM.test(url.pathname.slice(prefix.length))
  }
}

function portOf({ protocol, port }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}

const BAD_URL: EntryUrl = { skip: 'bad-url' }

/** `host:8080/x` has no scheme: here a scheme has only letters, and no digit after the colon. */
const SCHEME = /^([a-z][a-z0-9+.-]*):(?!\d)/i

/** A path or a file name, not a sentence, markup or a remark of programmers. */
function looksRelative(address: string): boolean {
  if (address.startsWith('<') || /^\/\/[^/]*$/.test(address)) return false
  return !/\s/.test(address) && /[/.?]/.test(address) && /[a-z0-9]/i.test(address)
}
