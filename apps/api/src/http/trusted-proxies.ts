import type { IncomingHttpHeaders } from 'node:http'
import type { Express, RequestHandler } from 'express'
import parseForwarded from 'forwarded-parse'

/**
 * From now on `request.ip`, `request.protocol` and `request.host` are those that the proxies in
 * these networks report, by `X-Forwarded-For`, `-Proto` and `-Host` or by `Forwarded` (RFC 7239).
 * The same fields from anyone else are ignored.
 *
 * @param networks CIDRs; if empty, no proxy is trusted
 */
export function believeProxies(app: Express, networks: readonly string[]): void {
  app.set('trust proxy', networks.length === 0 ? false : [...networks])
  const isTrusted = app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean
  const prepare: RequestHandler = ({ headers, socket }, _response, next) => {
    if (isTrusted(socket.remoteAddress, 0)) translateForwarded(headers)
    else for (const name of FORWARDED_FIELDS) delete headers[name]
    next()
  }
  app.use(prepare)
}

const FORWARDED_FIELDS = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'] as const

/**
 * Translates `Forwarded` into the fields that Express knows, unless these are present: a proxy
 * writes one or the other.
 */
function translateForwarded(headers: IncomingHttpHeaders): void {
  const { forwarded } = headers
  if (forwarded === undefined || headers['x-forwarded-for'] !== undefined) return
  const hops = readHops(forwarded)
  const addresses = hops.flatMap(({ for: address }) => (address === undefined ? [] : [withoutPort(address)]))
  if (addresses.length > 0) headers['x-forwarded-for'] = addresses.join(', ')
  const { proto, host } = hops[0] ?? {}
  if (proto !== undefined) headers['x-forwarded-proto'] = proto
  if (host !== undefined) headers['x-forwarded-host'] = host
}

/** A malformed field is ignored. */
function readHops(field: string): ReturnType<typeof parseForwarded> {
  try {
    return parseForwarded(field)
  } catch {
    return []
  }
}

/** `"[2001:db8::17]:4711"` and `192.0.2.60:80` carry ports. */
function withoutPort(address: string): string {
  return /^\[([^\]]*)\]/.exec(address)?.[1] ?? address.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}
