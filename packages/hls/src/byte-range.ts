import { readWhole } from './attributes.ts'
import type { ByteRange } from './model.ts'

/**
 * `length[@offset]`, RFC 8216 section 4.3.2.2. Without an offset it starts at `next`; undefined if
 * that is unknown, or if the range is not valid: empty, negative, not a number, or too large to be
 * exact.
 */
export function readByteRange(text: string, next: number | undefined): ByteRange | undefined {
  const [lengthText, offsetText, ...more] = text.split('@')
  const length = readWhole(lengthText)
  const offset = offsetText === undefined ? next : readWhole(offsetText)
  if (more.length > 0 || length === undefined || length === 0 || offset === undefined) return undefined
  return Number.isSafeInteger(offset + length) ? { offset, length } : undefined
}
