const NAMES: ReadonlyArray<readonly [start: string, name: string]> = [
  ['avc1', 'H.264'],
  ['hvc1', 'H.265'],
  ['hev1', 'H.265'],
  ['av01', 'AV1'],
  ['mp4a', 'AAC'],
  ['mp3', 'MP3'],
  ['ac-3', 'AC-3'],
  ['ec-3', 'E-AC-3'],
  ['opus', 'Opus'],
]

/** `avc1.64001f` (RFC 6381) → `H.264`; unknown ones as they are. */
export function codecName(codec: string): string {
  const found = NAMES.find(([start]) => codec.toLowerCase().startsWith(start))
  return found?.[1] ?? codec
}
