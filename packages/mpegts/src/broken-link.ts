/** Tells a decoder that the pictures before a key frame are not those that the encoder had before it. */
import type { Buffer } from 'node:buffer'
import { PACKET_BYTES, payloadOffset } from './packet.ts'

/** ITU-T H.265 table 7-1. */
const CLEAN_RANDOM_ACCESS = 21
const BROKEN_LINK_WITH_LEADING = 16

/**
 * Makes a CRA picture of HEVC a BLA picture, in place. Both have the same syntax; a BLA picture says what a splice needs: count
 * pictures anew, and forget those that refer to others before it (H.265 8.1.3 and 8.3.1). Other key frames are left as they are:
 * they do not refer to anything before them.
 *
 * @param packets whole packets of one access unit, in order
 */
export function markBrokenLink(codec: string, packets: readonly Buffer[]): void {
  if (codec !== 'hevc') return
  let zeros = 0
  let isHeader = false
  for (const run of packets) {
    for (let offset = 0; offset + PACKET_BYTES <= run.length; offset += PACKET_BYTES) {
      for (let at = payloadOffset(run, offset); at < offset + PACKET_BYTES; at++) {
        const byte = run[at]!
        if (isHeader && ((byte >> 1) & 0x3f) === CLEAN_RANDOM_ACCESS) {
          run[at] = (byte & 0x81) | (BROKEN_LINK_WITH_LEADING << 1)
        }
        isHeader = byte === 1 && zeros >= 2
        zeros = byte === 0 ? zeros + 1 : 0
      }
    }
  }
}
