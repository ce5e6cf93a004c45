import type { Random } from '@kptv/testkit'
import type { Process } from './process.ts'
import type { VirtualClock } from './virtual-clock.ts'

export type Connection = {
  readonly source: string
  readonly channel: string
  /** Of the leadership under which it was opened; a prepared one gets its own with the claim. */
  term: number
  readonly incarnation: string
  readonly slotId: string
  readonly process: Process
  state: 'opening' | 'open' | 'closed'
  /** Its host lost power: nobody will ever close it, the provider counts it until it gives up. */
  halfOpen: boolean
  /** When its holder had to have stopped, in Redis' time; for the judge. */
  mustStopAt: number
  /** Opened beside that of the leader, who wants to leave. */
  isPrepared?: boolean
}

export type Provider = {
  readonly connections: readonly Connection[]
  /** Counts from when the request arrives. */
  open(connection: Connection, established: () => void, ended: () => void): void
  /** `closed` runs when the provider has seen the end. */
  close(connection: Connection, closed: () => void): void
  /** The provider ends one. */
  hangUp(connection: Connection): void
  processDied(process: Process): void
  powerLost(process: Process, forMs: number): void
}

/**
 * Counts open connections by its own truth: the kernel closes those of a dead process, a frozen one
 * keeps its own.
 */
export function createProvider(
  clock: VirtualClock,
  random: Random,
  changed: (connection: Connection) => void,
): Provider {
  const connections: Connection[] = []
  const onEnd = new Map<Connection, () => void>()

  function end(connection: Connection): void {
    const place = connections.indexOf(connection)
    if (place >= 0) connections.splice(place, 1)
    onEnd.delete(connection)
    connection.state = 'closed'
  }

  return {
    connections,
    open(connection, established, ended) {
      onEnd.set(connection, ended)
      clock.after(random.between(5, 80), () => {
        if (connection.state !== 'opening' || !connection.process.alive) return
        connection.state = 'open'
        connections.push(connection)
        changed(connection)
        clock.after(random.between(5, 80), () => connection.process.run(established))
      })
    },
    close(connection, closed) {
      if (connection.state === 'opening') connection.state = 'closed'
      onEnd.delete(connection)
      clock.after(random.between(1, 80), () => {
        end(connection)
        connection.process.run(closed)
      })
    },
    hangUp(connection) {
      const ended = onEnd.get(connection)
      end(connection)
      if (ended !== undefined) connection.process.run(ended)
    },
    processDied(process) {
      for (const connection of [...connections]) if (connection.process === process) end(connection)
    },
    powerLost(process, forMs) {
      for (const connection of [...connections]) {
        if (connection.process !== process) continue
        connection.halfOpen = true
        clock.after(forMs, () => end(connection))
      }
    },
  }
}
