import diagnostics from 'node:diagnostics_channel'
import type net from 'node:net'

/**
 * Sees every client socket of this process at the moment it is made, and how many others of them
 * were still open then: a judge that does not depend on what a server notices, and when.
 */
export function watchClientSockets(): Disposable & {
  readonly opened: number
  readonly openNow: number
  readonly maxAtOnce: number
} {
  const sockets: net.Socket[] = []
  let maxAtOnce = 0
  const notice = (message: unknown): void => {
    sockets.push((message as { readonly socket: net.Socket }).socket)
    maxAtOnce = Math.max(maxAtOnce, sockets.filter((socket) => !socket.closed).length)
  }
  diagnostics.subscribe('net.client.socket', notice)
  return {
    get opened() {
      return sockets.length
    },
    get openNow() {
      return sockets.filter((socket) => !socket.closed).length
    },
    get maxAtOnce() {
      return maxAtOnce
    },
    [Symbol.dispose]: () => void diagnostics.unsubscribe('net.client.socket', notice),
  }
}
