import type { Duplex } from 'node:stream'
import { ReadingRounds } from './reading-rounds.ts'

/**
 * All sockets read into one buffer: what was read is dealt with before the next read of any of
 * them.
 */
const buffer = Buffer.allocUnsafeSlow(64 * 1024)
const sharedRounds = new ReadingRounds()

/** The beginning is read as it comes, so that a channel starts at once. */
const START_BYTES = 1024 * 1024

/**
 * Where bytes go that need no parser; they are the reader's during the call only, to be changed as
 * well.
 */
export type TakeBytes = (bytes: Buffer) => void

/**
 * How a media socket is read: into one buffer, without an allocation for each read. The bytes go
 * the usual way, through the parser of HTTP, until they are diverted; and even then as long as
 * anything is still on that way, so that the order is kept.
 */
export class DirectReading {
  readonly #rounds: ReadingRounds | undefined
  #socket: Duplex | undefined
  #diverted: { readonly take: TakeBytes; readonly isUsualWayEmpty: () => boolean } | undefined

  #directBytes = 0

  /** @param isPlain a read brings all that has come: what is encrypted comes record by record, and is read as it comes */
  constructor({ isPlain, rounds = sharedRounds }: { readonly isPlain: boolean; readonly rounds?: ReadingRounds }) {
    this.#rounds = isPlain ? rounds : undefined
  }

  /** For `net.connect` and `tls.connect`. */
  readonly onread = {
    buffer,
    callback: (length: number): boolean => {
      const socket = this.#socket!
      const diverted = this.#diverted
      if (diverted === undefined || socket.readableLength > 0 || !diverted.isUsualWayEmpty()) {
        return socket.push(Buffer.from(buffer.subarray(0, length)))
      }
      diverted.take(buffer.subarray(0, length))
      this.#directBytes += length
      // A full buffer: there is more.
      if (this.#rounds === undefined || this.#directBytes < START_BYTES || length === buffer.length) return true
      this.#rounds.rest(socket)
      return false
    },
  }

  attach(socket: Duplex): void {
    this.#socket = socket
  }

  divert(take: TakeBytes, isUsualWayEmpty: () => boolean): void {
    this.#diverted = { take, isUsualWayEmpty }
  }
}
