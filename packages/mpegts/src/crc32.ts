/**
 * CRC-32/MPEG-2 of sections (ISO/IEC 13818-1, annex A): polynomial 0x04C11DB7, not reflected, not
 * inverted.
 */
import type { Buffer } from 'node:buffer'

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 0x80000000 ? (remainder << 1) ^ 0x04c11db7 : remainder << 1
  return remainder >>> 0
})

/** 0 for a section that includes its own, correct CRC. */
export function crc32(bytes: Buffer): number {
  let remainder = 0xffffffff
  for (let index = 0; index < bytes.length; index++) {
    remainder = (remainder << 8) ^ TABLE[(remainder >>> 24) ^ bytes[index]!]!
  }
  return remainder >>> 0
}
