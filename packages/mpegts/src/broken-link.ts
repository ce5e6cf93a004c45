/**
 * Marks for a decoder that the frames before a key frame are not those that the encoder had before
 * it.
 */
import type { Buffer } from 'node:buffer'
import { PACKET_BYTES, payloadOffset } from './packet.ts'

/** ITU-T H.265 table 7-1. */
const CLEAN_RANDOM_ACCESS = 21
const BROKEN_LINK_WITH_LEADING = 16

/**
 * Makes a CRA frame of HEVC a BLA frame, in place, packet by packet. Both have the same syntax; a
 * BLA frame has the meaning a splice needs: restart the count of frames, and forget those that
 * refer to others before it (H.265 8.1.3 and 8.3.1). Other key frames need none of it: they do not
 * refer to anything before them.
 */
export class BrokenLinkMarker {
  #zeros = 0
  #isHeader = false

  static isNeededFor(codec: string): boolean {
    return codec === 'hevc'
  }

  /** The next packet of the access unit. */
  mark(packets: Buffer, offset: number): void {
    for (let at = payloadOffset(packets, offset); at < offset + PACKET_BYTES; at++) {
      const byte = packets[at]!
      if (this.#isHeader && ((byte >> 1) & 0x3f) === CLEAN_RANDOM_ACCESS) {
        packets[at] = (byte & 0x81) | (BROKEN_LINK_WITH_LEADING << 1)
      }
      this.#isHeader = byte === 1 && this.#zeros >= 2
      this.#zeros = byte === 0 ? this.#zeros + 1 : 0
    }
  }
}
