import { isIP } from 'node:net'
import type { AddressPolicy } from './address-policy.ts'
import { upstreamError } from './upstream-error.ts'

/**
 * Reads an address that is about to be requested, and refuses it by scheme, port, or literal
 * address. Names are judged later, by the address they resolve to.
 *
 * @throws UpstreamError `bad-url`, `blocked-scheme`, `blocked-port`, `blocked-address`
 */
export function checkUrl(text: string, base: URL | undefined, allowAddress: AddressPolicy): URL {
  if (!URL.canParse(text, base?.href)) throw upstreamError('bad-url', base ?? text)
  const url = new URL(text, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw upstreamError('blocked-scheme', url)
  if (isBlockedPort(Number(url.port || -1))) throw upstreamError('blocked-port', url)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !allowAddress(host, url.hostname)) throw upstreamError('blocked-address', url)
  return url
}

/**
 * One owner: the same host name and port, not stepping down from https. `http` to `https` on
 * standard ports is one.
 */
export function isSameOwner(first: URL, second: URL): boolean {
  if (first.hostname !== second.hostname) return false
  if (first.protocol === 'https:' && second.protocol === 'http:') return false
  return first.port === second.port
}

export function isBlockedPort(port: number): boolean {
  return BLOCKED_PORTS.has(port)
}

/** Ports of services that no provider streams from, but that a hostile list may want to reach. */
const BLOCKED_PORTS = new Set([
  0, 7, 9, 19, 20, 21, 22, 23, 25, 53, 110, 111, 119, 123, 135, 139, 143, 389, 445, 465, 514, 587, 636, 873, 993, 995,
  2049, 2375, 2379, 3306, 3389, 5432, 5984, 6379, 9200, 11211, 27017,
])

/**
 * An address found in a document, resolved against the document's own.
 *
 * @throws UpstreamError `bad-url`; scheme, port and address are checked when it is requested
 */
export function resolveUrl(uri: string, base: URL): URL {
  if (!URL.canParse(uri, base.href)) throw upstreamError('bad-url', base)
  return new URL(uri, base)
}
