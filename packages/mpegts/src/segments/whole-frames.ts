import type { Buffer } from 'node:buffer'

const HEADER_BYTES = 7

/**
 * Where the last whole frame of a unit of AAC ends, if the unit begins with a frame (ADTS, ISO/IEC
 * 14496-3, 1.A.2.2); for all others the end of the bytes.
 *
 * @param start of its first frame
 */
export function wholeFramesEnd(unit: Buffer, start: number): number {
  let at = start
  while (at < unit.length) {
    if (at + HEADER_BYTES > unit.length) return at
    const bytes = isAdts(unit, at) ? frameBytes(unit, at) : 0
    if (bytes < HEADER_BYTES) return unit.length
    if (at + bytes > unit.length) return at
    at += bytes
  }
  return unit.length
}

function isAdts(unit: Buffer, at: number): boolean {
  return unit[at] === 0xff && (unit[at + 1]! & 0xf6) === 0xf0
}

function frameBytes(unit: Buffer, at: number): number {
  return ((unit[at + 3]! & 0x03) << 11) | (unit[at + 4]! << 3) | (unit[at + 5]! >> 5)
}
