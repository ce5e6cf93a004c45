import { connect as connectTcp, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { ReplyBuffer } from './reply-buffer.ts'

/**
 * Connects to one server, with TLS or without, as ioredis itself does, but reads into one buffer
 * for each connection: ioredis parses the replies in place, and nothing is allocated for them. The
 * bytes that a listener gets are overwritten after its call.
 */
export class InPlaceConnector extends AbstractConnector {
  readonly #options: RedisOptions

  constructor(options: unknown) {
    const given = options as RedisOptions
    super(given.disconnectTimeout!)
    this.#options = given
  }

  override async connect(): Promise<Socket> {
    this.connecting = true
    // As ioredis does: a client that is disconnected at once opens no socket.
    await Promise.resolve()
    if (!this.connecting) throw new Error('Connection is closed.')
    const { path, host, port, family, tls } = this.#options
    const buffer = new ReplyBuffer()
    const onread: OnReadOpts = {
      buffer: () => buffer.room,
      callback: (length) => {
        buffer.take(length, (replies) => void socket.emit('data', replies))
        return true
      },
    }
    const where = path ? { path, onread } : { host, port, family, onread }
    const socket: Socket = tls ? connectTls({ ...where, ...tls }) : connectTcp(where as NetConnectOpts)
    this.stream = socket
    socket.once('error', (error) => {
      this.firstError = error
    })
    return socket
  }
}
