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
 * Declarations are often wrong both ways. A piece of a document in UTF-8 that is not valid is read
 * as Windows-1252; one that declares another encoding and is valid UTF-8 in spite of it is that:
 * hardly any text of another encoding is.
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
  return utf8Of(bytes) ?? windows1252.decode(bytes)
}

/** `undefined` if they are not valid UTF-8. */
function utf8Of(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

function decoderOf(label: string | undefined): (bytes: Buffer) => string {
  if (label === undefined || /^utf-?8$/i.test(label)) return decodeUtf8
  try {
    const decoder = new TextDecoder(label)
    // A document that declares UTF-16 in single bytes was converted without its declaration.
    if (decoder.encoding.startsWith('utf')) return decodeUtf8
    return (bytes) => {
      const text = utf8Of(bytes)
      // Bytes of ASCII alone may mean something else: ISO-2022-JP has no others.
      return text === undefined || text.length === bytes.length ? decoder.decode(bytes) : text
    }
  } catch {
    return decodeUtf8
  }
}
