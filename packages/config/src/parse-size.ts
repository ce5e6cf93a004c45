const BYTES_PER_UNIT: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/**
 * Reads a size: bytes (`65536`) or `10MB`, `1KB`, `2GB` (also `MiB`); the units are powers of 1024.
 *
 * @returns bytes, or `undefined` if the text is not a size
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}) ?(?:([kmg])i?b|b)?$/i.exec(text)
  if (match === null) return undefined
  const bytes = Number(match[1]) * (BYTES_PER_UNIT[(match[2] ?? '').toLowerCase()] ?? Number.NaN)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
