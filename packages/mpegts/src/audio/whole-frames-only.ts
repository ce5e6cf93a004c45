import { Buffer } from 'node:buffer'
import { type FrameBytes, HEADER_BYTES } from './frame-bytes.ts'

/**
 * The whole frames of audio that come in pieces of any size. A frame counts as whole when another
 * one follows it, so one that was cut, and everything that is no frame, is left out.
 */
export class WholeFramesOnly {
  readonly #frameBytes: FrameBytes
  #rest: Buffer = Buffer.alloc(0)

  constructor(frameBytes: FrameBytes) {
    this.#frameBytes = frameBytes
  }

  push(bytes: Buffer): Buffer {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const whole: Buffer[] = []
    let at = 0
    while (at + HEADER_BYTES <= all.length) {
      const length = this.#frameBytes(all, at)
      const next = at + length
      if (length > 0 && next + HEADER_BYTES > all.length) break
      const isWhole = length > 0 && this.#frameBytes(all, next) > 0
      if (isWhole) whole.push(all.subarray(at, next))
      at = isWhole ? next : at + 1
    }
    this.#rest = Buffer.from(all.subarray(at))
    return Buffer.concat(whole)
  }

  /** Another track follows. */
  clear(): void {
    this.#rest = Buffer.alloc(0)
  }
}
