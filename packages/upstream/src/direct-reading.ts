import type { Duplex } from 'node:stream'

/** What a reader has kept of the read before finds its place here: part of a packet, at most. */
const ROOM_BYTES = 256
const memory = Buffer.allocUnsafeSlow(ROOM_BYTES + 64 * 1024)
/** All sockets read into one buffer: each read is handled before the next read of any of them. */
const buffer = memory.subarray(ROOM_BYTES)

/**
 * Where bytes go that need no parser; they are the reader's during the call only, to be changed as
 * well.
 *
 * @param roomBytes so many bytes right before them, in the same memory, are free
 */
export type TakeBytes = (bytes: Buffer, roomBytes: number) => void

/**
 * How a media socket is read: into one buffer, without an allocation for each read. The bytes take
 * the usual path through the HTTP parser until they are diverted, and even then until nothing is
 * left on that path, so that their order is kept.
 */
export class DirectReading {
  #socket: Duplex | undefined
  #diverted: { readonly take: TakeBytes; readonly isUsualWayEmpty: () => boolean } | undefined

  /** For `net.connect` and `tls.connect`. */
  readonly onread = {
    buffer,
    callback: (length: number): boolean => {
      const socket = this.#socket!
      const diverted = this.#diverted
      if (diverted === undefined || socket.readableLength > 0 || !diverted.isUsualWayEmpty()) {
        return socket.push(Buffer.from(buffer.subarray(0, length)))
      }
      diverted.take(buffer.subarray(0, length), ROOM_BYTES)
      return true
    },
  }

  attach(socket: Duplex): void {
    this.#socket = socket
  }

  divert(take: TakeBytes, isUsualWayEmpty: () => boolean): void {
    this.#diverted = { take, isUsualWayEmpty }
  }
}
