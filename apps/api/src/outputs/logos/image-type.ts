const SIGNATURES: ReadonlyArray<readonly [type: string, start: string]> = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF8'],
]

/** The type of an image by its first bytes, whatever its server says; `undefined` for all else. */
export function imageType(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, 1_024)
  const found = SIGNATURES.find(([, signature]) => start.startsWith(signature))
  if (found !== undefined) return found[0]
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return 'image/webp'
  return /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg[\s>]/i.test(start)
    ? 'image/svg+xml'
    : undefined
}
