import type { Buffer } from 'node:buffer'
import { adtsFrameBytes, HEADER_BYTES } from '../audio/frame-bytes.ts'

/**
 * Where the last whole frame of a unit of AAC ends, if the unit starts with a frame (ADTS); for all
 * others the end of the bytes.
 *
 * @param start of its first frame
 */
export function wholeFramesEnd(unit: Buffer, start: number): number {
  let at = start
  while (at < unit.length) {
    if (at + HEADER_BYTES > unit.length) return at
    const bytes = adtsFrameBytes(unit, at)
    if (bytes === 0) return unit.length
    if (at + bytes > unit.length) return at
    at += bytes
  }
  return unit.length
}
