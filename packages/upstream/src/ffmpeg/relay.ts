import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { toUpstreamError, type UpstreamError } from '../upstream-error.ts'
import { admitClient } from './admit-client.ts'
import type { JudgedPolicy } from './judged-socket.ts'

/** A relay on loopback through which ffmpeg reaches one provider, and nothing else. */
export type Relay = {
  /** `host:port` for ffmpeg. */
  readonly address: string
  /** Of `asksForToken`: names the client in its first line, and means nothing to the provider. */
  readonly token: string
  /** Why the provider could not be reached, or its refusal. */
  readonly failure: () => UpstreamError | undefined
  /** Resolves when all its sockets are closed. */
  close(): Promise<void>
}

/** Carries one connection; `fail` ends it. */
export type Carry = (client: Socket, about: { fail(error: unknown): void; track(socket: Socket): Socket }) => void

/** ffmpeg connects again if a server requires another kind of login. */
const MAX_CONNECTIONS = 4
/** With those that have not shown the token yet. */
const MAX_CLIENTS = 16

type RelayOptions = {
  readonly policy: JudgedPolicy
  readonly url: URL
  /**
   * Only a client that knows the token is let through: for a relay that adds the login to what it
   * carries. One that adds nothing gives a stranger no more than a connection of the stranger's
   * own.
   */
  readonly asksForToken: boolean
}

/** Listens for ffmpeg, one connection at a time. */
export async function startRelay(carry: Carry, { policy, url, asksForToken }: RelayOptions): Promise<Relay> {
  const token = randomBytes(12).toString('hex')
  const sockets = new Set<Socket>()
  let failure: UpstreamError | undefined
  let connections = 0
  let admitted: Socket | undefined

  function track(socket: Socket): Socket {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    return socket
  }

  const server = net.createServer((client) => {
    track(client)
    if (asksForToken) admitClient(client, token, () => start(client))
    else start(client)
  })

  function start(client: Socket): void {
    if (admitted?.closed === false) return void client.destroy()
    admitted = client
    connections += 1
    if (connections >= MAX_CONNECTIONS) server.close()
    const fail = (error: unknown): void => {
      failure ??= toUpstreamError(error, url)
      client.destroy()
    }
    carry(client, { fail, track })
  }

  server.maxConnections = asksForToken ? MAX_CLIENTS : 1
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  async function close(): Promise<void> {
    server.close()
    const closing = Array.from(sockets, (socket) => (socket.closed ? undefined : once(socket, 'close')))
    for (const socket of sockets) socket.destroy()
    await Promise.allSettled(closing)
  }
  policy.signal.addEventListener('abort', () => void close(), { once: true })

  return { address: `127.0.0.1:${port}`, token, failure: () => failure, close }
}
