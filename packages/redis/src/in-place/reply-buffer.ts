import { replyEnd } from './reply-end.ts'

/** Several messages of the relay. */
const START_BYTES = 256 * 1024
/** With less room than this, a read would be too small to be worth it. */
const MIN_ROOM_BYTES = 64 * 1024

/**
 * The memory that a connection reads into. Replies are handed on in place and whole, so a parser
 * keeps no part of them; the beginning of an incomplete one waits at the front.
 */
export class ReplyBuffer {
  #bytes = Buffer.allocUnsafeSlow(START_BYTES)
  #filledBytes = 0

  /** Where the next read goes. */
  get room(): Buffer {
    return this.#bytes.subarray(this.#filledBytes)
  }

  /**
   * @param length bytes that were read into `room`
   * @param hand gets whole replies, which are overwritten after the call
   */
  take(length: number, hand: (replies: Buffer) => void): void {
    const filled = this.#bytes.subarray(0, this.#filledBytes + length)
    const end = endOfWhole(filled)
    if (end > 0) hand(filled.subarray(0, end))
    filled.copy(this.#bytes, 0, end)
    this.#filledBytes = filled.length - end
    if (this.#bytes.length - this.#filledBytes < MIN_ROOM_BYTES) this.#grow()
  }

  #grow(): void {
    const bytes = Buffer.allocUnsafeSlow(2 * this.#bytes.length)
    this.#bytes.copy(bytes, 0, 0, this.#filledBytes)
    this.#bytes = bytes
  }
}

/** Behind the last reply that is complete. */
function endOfWhole(bytes: Buffer): number {
  let end = 0
  while (end < bytes.length) {
    const next = replyEnd(bytes, end)
    if (next === undefined) break
    end = next
  }
  return end
}
