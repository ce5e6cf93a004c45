import type { IncomingHttpHeaders } from 'node:http'
import type { Express, RequestHandler } from 'express'

/**
 * From now on `request.ip`, `request.protocol` and `request.host` are those that the proxies in these networks name, by `X-Forwarded-For`,
 * `-Proto` and `-Host` or by `Forwarded` (RFC 7239). Whoever else sends such fields is not believed.
 *
 * @param networks CIDRs; none: nobody is believed
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

/** What a response may depend on, for `Vary`. */
const FORWARDED_FIELDS = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'] as const

/** `Forwarded` into the fields that Express knows, unless these are there: a proxy writes one or the other. */
function translateForwarded(headers: IncomingHttpHeaders): void {
  const { forwarded } = headers
  if (forwarded === undefined || headers['x-forwarded-for'] !== undefined) return
  const hops = forwarded.split(',').map(readHop)
  const addresses = hops.flatMap(({ for: address }) => (address === undefined ? [] : [withoutPort(address)]))
  if (addresses.length > 0) headers['x-forwarded-for'] = addresses.join(', ')
  const { proto, host } = hops[0] ?? {}
  if (proto !== undefined) headers['x-forwarded-proto'] = proto
  if (host !== undefined) headers['x-forwarded-host'] = host
}

type Hop = { readonly for?: string; readonly proto?: string; readonly host?: string }

/** `for=192.0.2.60;proto=http;host="tv.example"`; unknown parameters are left out. */
function readHop(text: string): Hop {
  const pairs = text.split(';').map((pair) => /^\s*(for|proto|host)="?([^"]*)"?\s*$/i.exec(pair))
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1]!.toLowerCase(), pair[2]!]])))
}

/** `"[2001:db8::17]:4711"` and `192.0.2.60:80` carry ports. */
function withoutPort(address: string): string {
  return /^\[([^\]]*)\]/.exec(address)?.[1] ?? address.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}
