import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Below those that Linux and macOS give to connections and to whoever listens on port 0. */
const FIRST_PORT = 20_000
const PORTS = 12_000

/** In turn: two programs that are started at once never get the same one. Each process begins elsewhere. */
let nextPort = FIRST_PORT + Math.floor(Math.random() * PORTS)

/**
 * A TCP port of this machine that was free a moment ago, and that the system gives to nobody who does not name it. Somebody may still take it before you
 * do: whoever can listen on port 0 should do that instead; this is for programs that want the number in advance.
 */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = nextPort
    nextPort = FIRST_PORT + ((port + 1 - FIRST_PORT) % PORTS)
    if (await canListen(port, host)) return port
  }
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}

/** Whether somebody accepts connections there right now. */
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
