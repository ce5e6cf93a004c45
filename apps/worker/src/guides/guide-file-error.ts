const MESSAGES = {
  'xz-not-installed': 'the guide is compressed by xz, and the program xz is not installed here',
  'xz-damaged': 'the guide is compressed by xz, and damaged or cut off',
  'guide-too-large': 'the guide has more than 4 GiB',
  'guide-is-zip': 'the guide is a zip file; plain XML, gzip and xz are read',
  'guide-is-7z': 'the guide is a 7z file; plain XML, gzip and xz are read',
  'guide-is-bzip2': 'the guide is compressed by bzip2; plain XML, gzip and xz are read',
} as const

/** Why the file of a guide cannot be read. */
export class GuideFileError extends Error {
  override readonly name = 'GuideFileError'
  readonly code: keyof typeof MESSAGES

  constructor(code: GuideFileError['code']) {
    super(MESSAGES[code])
    this.code = code
  }
}

/** How files begin that are no text, in Latin-1. */
const UNREADABLE: ReadonlyArray<readonly [starts: readonly string[], code: GuideFileError['code']]> = [
  // A file, or the end of an archive without any.
  [['PK\x03\x04', 'PK\x05\x06'], 'guide-is-zip'],
  [['7z\xbc\xaf'], 'guide-is-7z'],
  [Array.from('123456789', (level) => `BZh${level}1A`), 'guide-is-bzip2'],
]

/**
 * @param head The first six bytes or more, if there are so many.
 * @returns `undefined` for anything that may be a guide
 */
export function unreadableFile(head: Buffer): GuideFileError | undefined {
  const text = head.toString('latin1', 0, 8)
  const code = UNREADABLE.find(([starts]) => starts.some((start) => text.startsWith(start)))?.[1]
  return code === undefined ? undefined : new GuideFileError(code)
}
