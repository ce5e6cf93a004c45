import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Readable } from 'node:stream'
import ipaddr from 'ipaddr.js'
import { createDatagramReader } from './datagram-reader.ts'
import { type JudgedPolicy, judgedAddresses } from './ffmpeg/judged-socket.ts'
import type { OpenedStream } from './open-stream.ts'
import { toUpstreamError, upstreamError } from './upstream-error.ts'

type OpenDatagramsRequest = JudgedPolicy & {
  /**
   * `udp:`, `rtp:` or `igmp:`; `@` before the group, and a sender before that, as VLC writes them.
   */
  readonly url: string
}

const ADDRESS = /^(udp|rtp|igmp):\/\//i
const PORTS: Readonly<Record<string, number>> = { udp: 1234, rtp: 5004, igmp: 1234 }
const RECEIVE_BUFFER_BYTES = 2 * 1024 ** 2
/** Drops datagrams that are not read in time, as the network would. */
const MAX_WAITING = 2_000

/** Addresses whose media arrives in datagrams without a connection. */
export function comesInDatagrams(url: string): boolean {
  return ADDRESS.test(url)
}

/**
 * Receives a transport stream by UDP or RTP, distinguished by its bytes. Listens only at the given
 * address, which must be a multicast group or an address of this machine, and is checked like any
 * other.
 *
 * @throws UpstreamError
 */
export async function openDatagrams(request: OpenDatagramsRequest): Promise<OpenedStream> {
  const { signal, timeouts } = request
  const scheme = ADDRESS.exec(request.url)?.[1]?.toLowerCase() ?? ''
  const text = request.url.replace(ADDRESS, 'http://').replace('://@', '://')
  if (!URL.canParse(text)) throw upstreamError('bad-url', request.url)
  const url = new URL(text)
  const port = Number(url.port || PORTS[scheme])
  const [address] = await judgedAddresses({ host: url.hostname, port, isTls: false }, request, url)
  if (!isOurs(address!)) throw upstreamError('blocked-address', url)
  if (signal.aborted || request.mayConnect?.() === false) throw upstreamError('aborted', url)
  const socket = await listen({ address: address!, port, sender: decodeURIComponent(url.username) }, url)

  const reader = createDatagramReader()
  const body = new Readable({ objectMode: true, highWaterMark: MAX_WAITING, read() {} })
  body.on('error', () => {})
  const silence = setTimeout(() => body.destroy(upstreamError('response-timeout', url)), timeouts.responseMs)
  socket.on('message', (datagram) => {
    silence.refresh()
    if (body.readableLength >= MAX_WAITING) return
    for (const packets of reader.push(datagram)) body.push(packets)
  })
  socket.on('error', (error) => body.destroy(toUpstreamError(error, url)))
  const closed = Promise.withResolvers<void>()
  socket.once('close', closed.resolve)
  const abort = (): void => void body.destroy(upstreamError('aborted', url))
  signal.addEventListener('abort', abort, { once: true })
  body.once('close', () => {
    clearTimeout(silence)
    signal.removeEventListener('abort', abort)
    socket.close()
  })
  return {
    body,
    contentType: undefined,
    close: async () => {
      body.destroy()
      await closed.promise
    },
    closed: closed.promise,
  }
}

async function listen(
  { address, port, sender }: { readonly address: string; readonly port: number; readonly sender: string },
  url: URL,
): Promise<Socket> {
  const isGroup = isMulticast(address)
  const type = isIP(address) === 6 ? 'udp6' : 'udp4'
  // Several channels may come at one port, and several processes may want one group.
  const socket = createSocket({ type, reuseAddr: isGroup, recvBufferSize: RECEIVE_BUFFER_BYTES })
  try {
    // Bound to the group, it gets nothing that was sent to another.
    socket.bind({ port, address, exclusive: true })
    await once(socket, 'listening')
    if (isGroup && isIP(sender) !== 0) socket.addSourceSpecificMembership(sender, address)
    else if (isGroup) socket.addMembership(address)
    return socket
  } catch (error) {
    socket.close()
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    throw isTaken ? upstreamError('unreachable', url) : toUpstreamError(error, url)
  }
}

function isOurs(address: string): boolean {
  if (isMulticast(address) || ipaddr.parse(address).range() === 'loopback') return true
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address))
}

function isMulticast(address: string): boolean {
  return ipaddr.parse(address).range() === 'multicast'
}
