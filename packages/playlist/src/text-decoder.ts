/**
 * Bytes of a playlist → bytes in which lines end as in ASCII, without a byte order mark. UTF-16 is
 * declared, or recognised by its mark or by the zeros of its first characters. ISO-2022-JP, which
 * is stateful, must be declared. These become UTF-8, everything else passes through.
 */
export function createEncodingReader(declared?: string): {
  readonly push: (bytes: Uint8Array) => Uint8Array
  readonly end: () => Uint8Array
} {
  let head: Uint8Array = NOTHING
  let convert: ((bytes: Uint8Array, last: boolean) => Uint8Array) | undefined

  return {
    push(bytes) {
      if (convert) return convert(bytes, false)
      head = head.length === 0 ? bytes : concat(head, bytes)
      if (head.length < HEAD_BYTES) {
        head = head.slice() // the caller may reuse its buffer
        return NOTHING
      }
      return start(false)
    },
    end() {
      return convert ? convert(NOTHING, true) : start(true)
    },
  }

  function start(last: boolean): Uint8Array {
    const { encoding, markBytes } = encodingOf(head)
    const known = encoding ?? declared ?? ''
    convert = CONVERTED.has(known) ? toUtf8(known) : (bytes) => bytes
    const rest = head.subarray(markBytes)
    head = NOTHING
    return convert(rest, last)
  }
}

/** Text of one line in UTF-8, or its bytes if they are not UTF-8. */
export function readUtf8(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8.decode(bytes)
  } catch {
    return bytes
  }
}

const NOTHING = new Uint8Array(0)
const HEAD_BYTES = 4
const CONVERTED: ReadonlySet<string> = new Set(['utf-16le', 'utf-16be', 'iso-2022-jp'])
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function encodingOf(head: Uint8Array): { readonly encoding?: string; readonly markBytes: number } {
  const [first = 1, second = 1, third = 1, fourth = 1] = head
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', markBytes: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', markBytes: 2 }
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', markBytes: 3 }
  if (second === 0 && fourth === 0 && first !== 0 && third !== 0) return { encoding: 'utf-16le', markBytes: 0 }
  if (first === 0 && third === 0 && second !== 0 && fourth !== 0) return { encoding: 'utf-16be', markBytes: 0 }
  return { markBytes: 0 }
}

function toUtf8(encoding: string) {
  const decoder = new TextDecoder(encoding)
  const encoder = new TextEncoder()
  return (bytes: Uint8Array, last: boolean) => encoder.encode(decoder.decode(bytes, { stream: !last }))
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
