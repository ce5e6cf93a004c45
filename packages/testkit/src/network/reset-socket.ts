import type { Socket } from 'node:net'

/**
 * Breaks a connection by RST. One that is still being made, or whose end has been sent, is only
 * closed: the kernel refuses to reset it, and Node would then keep its handle for ever.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.connecting || !socket.writable) socket.destroy()
  else socket.resetAndDestroy()
}
