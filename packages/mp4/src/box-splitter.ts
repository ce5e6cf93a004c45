import { Buffer } from 'node:buffer'
import { readBoxHead } from './boxes.ts'

/** A longer box is not media: seconds of 100 Mbit/s. */
const MAX_BOX_BYTES = 64 * 1024 * 1024

/** Divides a stream into its outermost boxes. */
export class BoxSplitter {
  readonly #onBox: (type: string, bytes: Buffer) => void
  #pieces: Buffer[] = []
  #bytes = 0
  #neededBytes = 0

  /** @param onBox gets each box as a whole, with its header */
  constructor(onBox: (type: string, bytes: Buffer) => void) {
    this.#onBox = onBox
  }

  /**
   * @param bytes which the caller leaves as they are from now on
   * @throws Error for a box without an end, or longer than MAX_BOX_BYTES
   */
  push(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes < this.#neededBytes) return
    let rest = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    this.#neededBytes = 0
    for (let head = readBoxHead(rest); head !== undefined; head = readBoxHead(rest)) {
      if (head.bytes < head.headerBytes || head.bytes > MAX_BOX_BYTES)
        throw new Error(`a box of ${head.bytes} bytes is not readable`)
      this.#neededBytes = head.bytes
      if (rest.length < head.bytes) break
      this.#onBox(head.type, rest.subarray(0, head.bytes))
      rest = rest.subarray(head.bytes)
      this.#neededBytes = 0
    }
    this.#pieces = rest.length === 0 ? [] : [rest]
    this.#bytes = rest.length
  }
}
