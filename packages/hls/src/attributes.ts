/**
 * Attributes of a tag by name, such as `BANDWIDTH=1280000,CODECS="avc1,mp4a"` (RFC 8216 section
 * 4.2).
 */
export type Attributes = ReadonlyMap<string, string>

const MAX_ATTRIBUTES = 64

/**
 * Quotes, double, single or typographic, are removed. Spaces around names and values are tolerated;
 * of a repeated name, the first counts.
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

function readValue(text: string, start: number): { readonly value: string; readonly end: number } {
  let from = start
  while (text[from] === ' ') from += 1
  const closing = CLOSING_QUOTES[text[from] ?? '']
  if (closing !== undefined) {
    const quote = text.indexOf(closing, from + 1)
    if (quote !== -1) return { value: text.slice(from + 1, quote), end: endOf(text, quote) }
    from += 1
  }
  const end = endOf(text, from)
  return { value: text.slice(from, end).trim(), end }
}

const CLOSING_QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '\u201c': '\u201d', '\u201d': '\u201d' }

function endOf(text: string, from: number): number {
  const comma = text.indexOf(',', from)
  return comma === -1 ? text.length : comma
}

/** An address; an empty one is none. */
export function readUri(attributes: Attributes): string | undefined {
  return attributes.get('URI')?.trim() || undefined
}

/** The whole number at the beginning, with or without quotes; undefined if there is none. */
export function readWhole(text: string | undefined): number | undefined {
  const value = Number(wholeDigits(text) ?? Number.NaN)
  return Number.isSafeInteger(value) ? value : undefined
}

/** The digits of it, for numbers of up to 64 bits. */
export function wholeDigits(text: string | undefined): string | undefined {
  return /^\s*["']?\+?(\d{1,20})(?!\d)/.exec(text ?? '')?.[1]
}

/** 128 bits as `0x…`, shorter ones filled up with zeroes in front. */
export function readInitializationVector(text: string | undefined): Uint8Array | undefined {
  const digits = /^0x([0-9a-f]{1,32})$/i.exec(text ?? '')?.[1]?.padStart(32, '0')
  return digits === undefined ? undefined : Uint8Array.from({ length: 16 }, (_, at) => hexByte(digits, at))
}

function hexByte(digits: string, at: number): number {
  return Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16)
}
