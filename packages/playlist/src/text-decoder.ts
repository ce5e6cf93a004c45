/**
 * Bytes of a playlist in any of the encodings seen → bytes that are UTF-8 (or Latin-1, see decodeText) without byte
 * order mark. UTF-16 is told by its mark only.
 */
export function createEncodingReader(): { push(bytes: Uint8Array): Uint8Array; end(): Uint8Array } {
  let head: Uint8Array = NOTHING
  let convert: ((bytes: Uint8Array, last: boolean) => Uint8Array) | undefined

  return {
    push(bytes) {
      if (convert) return convert(bytes, false)
      head = head.length === 0 ? bytes : concat(head, bytes)
      if (head.length < MAX_MARK) {
        head = head.slice() // the caller may reuse its buffer
        return NOTHING
      }
      const start = chooseConversion(head)
      convert = start.convert
      head = NOTHING
      return convert(start.rest, false)
    },
    end() {
      if (convert) return convert(NOTHING, true)
      const start = chooseConversion(head)
      convert = start.convert
      return convert(start.rest, true)
    },
  }
}

/**
 * Text of whole lines. Lines that are valid UTF-8 are read as that; any other line by itself as Latin-1 (in its
 * Windows-1252 form, like browsers do), because lists glued together from several origins mix both.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    let text = ''
    for (let start = 0; start < bytes.length; ) {
      const end = endOfLine(bytes, start)
      text += decodeLine(bytes.subarray(start, end))
      start = end
    }
    return text
  }
}

const NOTHING = new Uint8Array(0)
const MAX_MARK = 3
const LF = 0x0a
const CR = 0x0d
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const latin1 = new TextDecoder('windows-1252')

function chooseConversion(head: Uint8Array) {
  if (head[0] === 0xff && head[1] === 0xfe) return { convert: fromUtf16('utf-16le'), rest: head.subarray(2) }
  if (head[0] === 0xfe && head[1] === 0xff) return { convert: fromUtf16('utf-16be'), rest: head.subarray(2) }
  const marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf
  return { convert: (bytes: Uint8Array) => bytes, rest: marked ? head.subarray(3) : head }
}

function fromUtf16(encoding: 'utf-16le' | 'utf-16be') {
  const decoder = new TextDecoder(encoding)
  const encoder = new TextEncoder()
  return (bytes: Uint8Array, last: boolean) => encoder.encode(decoder.decode(bytes, { stream: !last }))
}

function decodeLine(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return latin1.decode(bytes)
  }
}

/** Index behind the next line feed or carriage return. */
function endOfLine(bytes: Uint8Array, start: number): number {
  let end = start
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++
  return Math.min(end + 1, bytes.length)
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
