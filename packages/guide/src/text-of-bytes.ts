import { Buffer } from 'node:buffer'

/** How the bytes of a document become text. */
export type DocumentEncoding = {
  /** UTF-16 has no ASCII in it, so the scanner needs the document converted to UTF-8 first. */
  readonly isWide: boolean
  /** Decodes a piece that begins and ends between characters. Never throws. */
  readonly decode: (bytes: Buffer) => string
  /** Converts the next chunk of a wide document to UTF-8. Returns other documents as they are. */
  readonly toBytes: (chunk: Buffer) => Buffer
}

const DECLARED = /^[^<]{0,8}<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']/

/**
 * The encoding of an XML document by its byte order mark or its declaration (XML 1.0, appendix F),
 * UTF-8 otherwise.
 *
 * Guides often declare UTF-8 and hold single bytes of Windows-1252: a piece that is not valid UTF-8
 * is read as that.
 *
 * @param head The first bytes of the document, some hundred if there are so many.
 */
export function encodingOf(head: Buffer): DocumentEncoding {
  const wide = wideLabelOf(head)
  if (wide !== undefined) {
    const decoder = new TextDecoder(wide)
    return {
      isWide: true,
      decode: decodeUtf8,
      toBytes: (chunk) => Buffer.from(decoder.decode(chunk, { stream: true })),
    }
  }
  return {
    isWide: false,
    decode: decoderOf(DECLARED.exec(head.toString('latin1', 0, 400))?.[1]),
    toBytes: (chunk) => chunk,
  }
}

function wideLabelOf(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const start = head.toString('latin1', 0, 2)
  if (start === '\xff\xfe' || start === '<\0') return 'utf-16le'
  if (start === '\xfe\xff' || start === '\0<') return 'utf-16be'
  return undefined
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })
const windows1252 = new TextDecoder('windows-1252')

function decodeUtf8(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return windows1252.decode(bytes)
  }
}

function decoderOf(label: string | undefined): (bytes: Buffer) => string {
  if (label === undefined || /^utf-?8$/i.test(label)) return decodeUtf8
  try {
    const decoder = new TextDecoder(label)
    // A document that declares UTF-16 in single bytes was converted without its declaration.
    return decoder.encoding.startsWith('utf') ? decodeUtf8 : (bytes) => decoder.decode(bytes)
  } catch {
    return decodeUtf8
  }
}
