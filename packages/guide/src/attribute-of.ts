import type { Buffer } from 'node:buffer'
import { decodeEntities } from './entities.ts'

/**
 * The value of an attribute in the start tag of a cut element, without parsing the rest of it.
 *
 * @param name `channel` or `id`
 * @param decode From the document's encoding to text.
 * @returns trimmed; `undefined` if the attribute is missing or empty
 */
export function attributeOf(element: Buffer, name: string, decode: (bytes: Buffer) => string): string | undefined {
  const tag = startTag(element)
  const match = PATTERNS[name]?.exec(tag.latin1)
  if (match?.[2] === undefined) return undefined
  const start = match.index + (match[1]?.length ?? 0)
  const value = decodeEntities(decode(tag.bytes.subarray(start, start + match[2].length))).trim()
  return value === '' ? undefined : value
}

/**
 * Only what the scanner's callers need; a pattern made from any name would have to be escaped and
 * kept.
 */
const PATTERNS: Readonly<Record<string, RegExp>> = {
  channel: /(\schannel\s*=\s*["'])([^"'<]*)["']/,
  id: /(\sid\s*=\s*["'])([^"'<]*)["']/,
}

/** Latin-1 maps each byte to one character, so offsets in the text are offsets in the bytes. */
function startTag(element: Buffer): { readonly bytes: Buffer; readonly latin1: string } {
  const bytes = element.subarray(0, element.indexOf(0x3e) + 1)
  return { bytes, latin1: bytes.toString('latin1') }
}
