import type { Redis } from 'ioredis'

type Connection = Pick<Redis, 'status' | 'connect' | 'on'>

/** Of this process, by the address of their server. */
const connections = new Map<string, Set<Connection>>()

/**
 * As soon as one connection to a server is back, the others do not wait out the pause before their
 * next attempt: a node that is elected at that moment needs all of them for its first media.
 */
export function returnTogether(address: string, connection: Connection): void {
  const same = connections.get(address) ?? new Set()
  connections.set(address, same.add(connection))
  connection.on('ready', () => {
    for (const other of same) if (other.status === 'reconnecting') other.connect().catch(() => undefined)
  })
  connection.on('end', () => {
    same.delete(connection)
    if (same.size === 0) connections.delete(address)
  })
}
