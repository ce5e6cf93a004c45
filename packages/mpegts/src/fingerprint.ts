/**
 * One number for the first second of an input: a live stream never begins twice with the same
 * bytes, a clip does.
 */
import type { Buffer } from 'node:buffer'
import { PACKET_BYTES } from './packet.ts'
import { TICKS_PER_SECOND } from './timestamps.ts'

const FINGERPRINTED_TICKS = TICKS_PER_SECOND
const WORD_BYTES = 4
/** FNV-1a, on words instead of bytes. */
const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

type Fingerprint = {
  /**
   * A packet of the program; `progressTicks`: how far the main stream has come. Nothing counts
   * before its first unit.
   */
  add(packets: Buffer, offset: number, progressTicks: number): void
  /** Known once a second of the stream was seen. */
  readonly value: number | undefined
}

/** One number for a packet, its header left out. */
export function hashPacket(packets: Buffer, offset: number, basis = OFFSET_BASIS): number {
  let hash = basis
  for (let at = offset + WORD_BYTES; at < offset + PACKET_BYTES; at += WORD_BYTES) {
    hash = Math.imul(hash ^ packets.readInt32LE(at), PRIME)
  }
  return hash
}

/** Everything but the header of the packets counts, timestamps too. */
export function createFingerprint(): Fingerprint {
  let hash = OFFSET_BASIS
  let value: number | undefined

  return {
    add(packets, offset, progressTicks) {
      if (value !== undefined) return
      if (progressTicks >= FINGERPRINTED_TICKS) {
        value = hash >>> 0
        return
      }
      hash = hashPacket(packets, offset, hash)
    },
    get value() {
      return value
    },
  }
}
