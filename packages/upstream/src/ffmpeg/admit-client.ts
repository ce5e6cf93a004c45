import type { Socket } from 'node:net'

/** A client that knows the token sends it in its first line, at once. */
const FIRST_LINE_MS = 2_000
const MAX_FIRST_LINE_BYTES = 4 * 1024

/**
 * Reports a client once its first line contains the token; none of its bytes have been consumed
 * then. Any other connection is closed without an answer.
 */
export function admitClient(client: Socket, token: string, admitted: () => void): void {
  let held: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => client.destroy(), FIRST_LINE_MS)
  client.once('close', () => clearTimeout(timer))
  client.on('data', read)

  function read(bytes: Buffer): void {
    held = Buffer.concat([held, bytes])
    const end = held.indexOf('\n')
    if (end === -1 && held.length <= MAX_FIRST_LINE_BYTES) return
    clearTimeout(timer)
    client.off('data', read)
    if (
      end === -1 ||
      !held
        .toString('latin1', 0, end)
        .split(/[\s/?]/)
        .includes(token)
    )
      return void client.destroy()
    client.pause()
    client.unshift(held)
    admitted()
    client.resume()
  }
}
