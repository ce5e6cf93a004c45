import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** Below the ports that Linux and macOS assign to outgoing connections and to servers on port 0. */
const FIRST_PORT = 20_000
const BLOCKS = 384
const PORTS_PER_BLOCK = 32

/**
 * The ports that this process may hand out: all but the first of its block, which it listens on
 * itself.
 */
let claimed: { readonly claim: Server; readonly ports: number[] } | undefined
let claiming: Promise<void> = Promise.resolve()

/**
 * A free TCP port that neither the system nor another process of tests hands out: each process
 * claims blocks of ports by listening on the first port of a block, which the kernel undoes however
 * the process ends. For programs that need the number before they listen; everything else should
 * listen on port 0.
 */
export async function findFreePort(): Promise<number> {
  return (await findFreePorts(1))[0]!
}

/** Ports in a row, at most 31: `[20001, 20002]`. */
export async function findFreePorts(count: number): Promise<number[]> {
  for (;;) {
    const ports = await nextPorts(count)
    const areFree = await Promise.all(ports.map(canListen))
    if (areFree.every((isFree) => isFree)) return ports
  }
}

async function nextPorts(count: number): Promise<number[]> {
  while (claimed === undefined || claimed.ports.length < count) {
    claiming = claiming.then(() => claimBlock(count))
    await claiming
  }
  return claimed.ports.splice(0, count)
}

async function claimBlock(count: number): Promise<void> {
  if (claimed !== undefined && claimed.ports.length >= count) return
  const start = Math.floor(Math.random() * BLOCKS)
  for (let count = 0; count < BLOCKS; count += 1) {
    const first = FIRST_PORT + ((start + count) % BLOCKS) * PORTS_PER_BLOCK
    const claim = await listen(first)
    if (claim === undefined) continue
    claim.unref()
    claimed = { claim, ports: Array.from({ length: PORTS_PER_BLOCK - 1 }, (_, index) => first + 1 + index) }
    return
  }
  throw new Error(`all ${BLOCKS} blocks of ports are claimed by other processes`)
}

async function canListen(port: number): Promise<boolean> {
  const server = await listen(port)
  if (server === undefined) return false
  server.close()
  await once(server, 'close')
  return true
}

/** Undefined when the port is in use. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}

/** Whether a server accepts connections there right now. */
export function isPortOpen(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host })
    const answer = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.setTimeout(1_000, () => answer(false))
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}
