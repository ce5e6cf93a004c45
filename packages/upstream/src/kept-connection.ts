import { setImmediate as nextTurn } from 'node:timers/promises'
import { createSingleSocket, type SingleSocket, type SocketOptions } from './single-socket.ts'

/**
 * One connection for many requests, one after the other: never two sockets at once, for any
 * requests.
 */
export type KeptConnection = {
  /**
   * The agent for the next request: the idle socket if it leads to the same origin, otherwise a new
   * one, after the old one's `close` event. The request before must have been read to its end or
   * closed.
   */
  take(url: URL): Promise<{ readonly socket: SingleSocket; readonly isUsed: boolean }>
  /** Resolves after the socket's `close` event. No request may follow. */
  close(): Promise<void>
}

export function createKeptConnection(options: Omit<SocketOptions, 'secure' | 'keepAlive'>): KeptConnection {
  let kept: { readonly origin: string; readonly socket: SingleSocket } | undefined

  async function drop(): Promise<void> {
    const { socket } = kept ?? {}
    kept = undefined
    socket?.destroy()
    await socket?.closed
  }

  return {
    async take(url) {
      // The agent frees a socket one turn after the end of the response.
      await nextTurn()
      if (kept?.origin === url.origin && kept.socket.isIdle()) return { socket: kept.socket, isUsed: true }
      await drop()
      const socket = createSingleSocket({ ...options, secure: url.protocol === 'https:', keepAlive: true })
      kept = { origin: url.origin, socket }
      return { socket, isUsed: false }
    },
    close: drop,
  }
}
