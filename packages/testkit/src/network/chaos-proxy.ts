import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { delayedPipe } from './delayed-pipe.ts'
import { resetSocket } from './reset-socket.ts'

type LinkConditions = {
  /** One way, in milliseconds; `jitterMs` more or less, but never out of order. */
  readonly delayMs: number
  readonly jitterMs: number
  /** For each direction of each connection; undefined: as fast as it goes. */
  readonly bytesPerSecond: number | undefined
  /** Bytes are cut into pieces of at most this. */
  readonly sliceBytes: number | undefined
  /**
   * Nothing passes in that direction, the ends of connections neither. As in a real partition, what
   * was sent meanwhile arrives when the link heals. Connections made meanwhile seem to succeed (the
   * kernel accepts them).
   */
  readonly blackHole: 'none' | 'to-target' | 'to-client' | 'both'
  /** New connections are refused; those that exist stay (see `reset`). */
  readonly refuse: boolean
  /** The end of a connection is passed on so much later. */
  readonly slowCloseMs: number
}

export type ChaosProxy = {
  readonly port: number
  /** `127.0.0.1:port`, to be put into an address. */
  readonly address: string
  /** Changes some conditions; the others stay. */
  set(conditions: Partial<LinkConditions>): void
  /** All conditions as at the start: everything passes. */
  heal(): void
  /** Breaks all connections with RST. Returns how many. */
  reset(): number
  openConnections(): number
  /** Connections accepted since the start. */
  connectionsSeen(): number
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const CALM: LinkConditions = {
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: undefined,
  sliceBytes: undefined,
  blackHole: 'none',
  refuse: false,
  slowCloseMs: 0,
}

type Pair = { readonly client: Socket; readonly target: Socket; readonly wake: () => void }

/**
 * One link between two parties over TCP, that can be made bad. One object a link: then a partition
 * of one node is one switch.
 *
 * @param options `random`: for jitter, 0 to 1; default `Math.random`.
 */
export async function startChaosProxy(options: {
  readonly targetPort: number
  readonly targetHost?: string
  readonly random?: () => number
}): Promise<ChaosProxy> {
  const { targetPort, targetHost = '127.0.0.1', random = Math.random } = options
  let conditions = { ...CALM }
  let seen = 0
  const pairs = new Set<Pair>()

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    seen++
    const target = connect({ port: targetPort, host: targetHost, allowHalfOpen: true, noDelay: true })
    const isHeld = (direction: 'to-target' | 'to-client') =>
      conditions.blackHole === 'both' || conditions.blackHole === direction
    const shared = { conditions: () => conditions, random }
    const toTarget = delayedPipe(client, target, { ...shared, isHeld: () => isHeld('to-target') })
    const toClient = delayedPipe(target, client, { ...shared, isHeld: () => isHeld('to-client') })
    const pair = { client, target, wake: () => [toTarget, toClient].forEach((pipe) => void pipe.wake()) }
    pairs.add(pair)
    const forget = () => {
      if (client.destroyed && target.destroyed) pairs.delete(pair)
    }
    client.once('close', forget)
    target.once('close', forget)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const apply = (next: LinkConditions) => {
    conditions = next
    if (conditions.refuse && server.listening) server.close()
    if (!conditions.refuse && !server.listening) server.listen(port, '127.0.0.1')
    for (const pair of pairs) pair.wake()
  }
  const reset = () => {
    const broken = [...pairs]
    pairs.clear()
    for (const { client, target } of broken) {
      resetSocket(client)
      resetSocket(target)
    }
    return broken.length
  }
  const stop = async () => {
    const closed = server.listening ? once(server, 'close') : undefined
    if (server.listening) server.close()
    reset()
    await closed
  }
  return {
    port,
    address: `127.0.0.1:${port}`,
    set: (changes) => apply({ ...conditions, ...changes }),
    heal: () => apply({ ...CALM }),
    reset,
    openConnections: () => pairs.size,
    connectionsSeen: () => seen,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
