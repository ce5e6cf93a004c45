import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { RequestHandler, Response } from 'express'
import { sendError } from './error-response.ts'

/**
 * RFC 9112, section 3.2: a request with two `Host` lines is refused, since a proxy before us may
 * have read the other one.
 */
export function refuseTwoHosts({ rawHeaders }: IncomingMessage, response: Response, next: () => void): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) sendError(response, 'bad-request')
  else next()
}

/**
 * Answers only requests that name an IP address, `localhost` or one of these names. A page whose
 * own name resolves to this port (DNS rebinding) has the same origin for its browser, and only its
 * name reveals it.
 *
 * @param names ADMIN_HOSTS
 */
export function answerOnlyTo(names: readonly string[]): RequestHandler {
  const allowed = new Set(['localhost', ...names.map((name) => name.toLowerCase())])
  return ({ headers }, response, next) => {
    const name = nameOf(headers.host)
    if (name !== undefined && (isIP(name) !== 0 || allowed.has(name))) next()
    else sendError(response, 'host-not-allowed')
  }
}

/**
 * `tv.example:9090`, `[::1]:9090`, `127.0.0.1`, `localhost.` without port, brackets and the dot of
 * the root.
 */
function nameOf(host: string | undefined): string | undefined {
  const [, inBrackets, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host ?? '') ?? []
  return (inBrackets ?? name?.replace(/\.$/, ''))?.toLowerCase()
}
