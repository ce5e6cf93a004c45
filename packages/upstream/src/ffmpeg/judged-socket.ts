import net, { isIP, type Socket } from 'node:net'
import tls from 'node:tls'
import { isBlockedPort } from '../check-url.ts'
import { lookupHost } from '../names/host-lookup.ts'
import type { RequestPolicy } from '../request-once.ts'
import { toUpstreamError, upstreamError } from '../upstream-error.ts'

export type Target = { readonly host: string; readonly port: number; readonly isTls: boolean }

export type JudgedPolicy = Pick<RequestPolicy, 'signal' | 'allowAddress' | 'mayConnect' | 'timeouts' | 'tls'>

/** Without the brackets of IPv6. */
const plainHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/**
 * The allowed addresses of a host.
 *
 * @throws UpstreamError `blocked-…`, `dns-…`
 */
export async function judgedAddresses({ host, port }: Target, policy: JudgedPolicy, url: URL): Promise<string[]> {
  if (isBlockedPort(port)) throw upstreamError('blocked-port', url)
  const name = plainHost(host)
  const found = await lookupHost(name).catch((error: unknown) => {
    throw toUpstreamError(error, url)
  })
  const allowed = found.filter(({ address }) => policy.allowAddress(address, host)).map(({ address }) => address)
  if (allowed.length === 0) throw upstreamError('blocked-address', url)
  return allowed
}

/**
 * Connects to an allowed address, and to no other.
 *
 * @throws UpstreamError
 */
export async function connectJudged(target: Target, policy: JudgedPolicy, url: URL): Promise<Socket> {
  const [address] = await judgedAddresses(target, policy, url)
  if (policy.signal.aborted || policy.mayConnect?.() === false) throw upstreamError('aborted', url)
  const { port, isTls } = target
  const host = plainHost(target.host)
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket = isTls
    ? tls.connect({ host: address!, port, rejectUnauthorized: policy.tls !== 'insecure', ...name })
    : net.connect({ host: address!, port })
  const connected = Promise.withResolvers<void>()
  const timer = setTimeout(() => socket.destroy(upstreamError('connect-timeout', url)), policy.timeouts.connectMs)
  socket.once(isTls ? 'secureConnect' : 'connect', connected.resolve)
  socket.once('error', (error) => connected.reject(toUpstreamError(error, url)))
  socket.once('close', () => connected.reject(upstreamError('connection-reset', url)))
  socket.on('error', () => {})
  try {
    await connected.promise
    return socket
  } finally {
    clearTimeout(timer)
  }
}
