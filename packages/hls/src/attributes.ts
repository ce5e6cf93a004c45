/**
 * Attributes of a tag by name, such as `BANDWIDTH=1280000,CODECS="avc1,mp4a"` (RFC 8216 section
 * 4.2).
 */
export type Attributes = ReadonlyMap<string, string>

const MAX_ATTRIBUTES = 64

/**
 * Quotes, double or single, are removed. Spaces around names and values are tolerated; of a
 * repeated name, the first counts.
 */
export function readAttributes(text: string): Attributes {
  const attributes = new Map<string, string>()
  let position = 0
  while (position < text.length && attributes.size < MAX_ATTRIBUTES) {
    const equals = text.indexOf('=', position)
    if (equals === -1) break
    const name = text.slice(position, equals).trim().toUpperCase()
    const { value, end } = readValue(text, equals + 1)
    if (!attributes.has(name)) attributes.set(name, value)
    position = end + 1
  }
  return attributes
}

function readValue(text: string, start: number): { value: string; end: number } {
  let from = start
  while (text[from] === ' ') from += 1
  const mark = text[from]
  if (mark === '"' || mark === "'") {
    const quote = text.indexOf(mark, from + 1)
    if (quote !== -1) return { value: text.slice(from + 1, quote), end: endOf(text, quote) }
  }
  const end = endOf(text, from)
  return { value: text.slice(from, end).trim(), end }
}

function endOf(text: string, from: number): number {
  const comma = text.indexOf(',', from)
  return comma === -1 ? text.length : comma
}

/** A decimal number of whole, exact value; undefined for anything else. */
export function readWhole(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d{1,16}\s*$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}

/** 128 bits as `0x…`, shorter ones filled up with zeroes in front. */
export function readInitializationVector(text: string | undefined): Uint8Array | undefined {
  const digits = /^0x([0-9a-f]{1,32})$/i.exec(text ?? '')?.[1]?.padStart(32, '0')
  return digits === undefined ? undefined : Uint8Array.from({ length: 16 }, (_, at) => hexByte(digits, at))
}

function hexByte(digits: string, at: number): number {
  return Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16)
}
