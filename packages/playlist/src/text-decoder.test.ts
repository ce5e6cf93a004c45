import { expect, test } from '@jest/globals'
import { createEncodingReader, readUtf8 } from './text-decoder.ts'

const TEXT = 'Оne 📺\n2'
const PLAIN = new TextEncoder().encode(TEXT)
const LITTLE = Buffer.from(TEXT, 'utf16le')
const BIG = Buffer.from(LITTLE).swap16()
const LATIN = new Uint8Array([0x54, 0xe9, 0x6c, 0xe9])
/** 日本 in ISO-2022-JP. */
const JAPANESE = new Uint8Array([0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42])

/** Read in pieces of `size` bytes that all lie in one buffer, as those of a socket do. */
function read(bytes: Uint8Array, size: number, declared?: string): Uint8Array {
  const reader = createEncodingReader(declared)
  const buffer = new Uint8Array(size)
  const read: number[] = []
  for (let start = 0; start < bytes.length; start += size) {
    const piece = bytes.subarray(start, start + size)
    buffer.set(piece)
    read.push(...reader.push(buffer.subarray(0, piece.length)))
    buffer.fill(0)
  }
  return new Uint8Array([...read, ...reader.end()])
}

test.each<[string, Uint8Array, string | undefined, Uint8Array]>([
  ['UTF-8', PLAIN, undefined, PLAIN],
  ['UTF-8 with a mark', new Uint8Array([0xef, 0xbb, 0xbf, ...PLAIN]), undefined, PLAIN],
  ['UTF-8 with a mark, declared as UTF-16', new Uint8Array([0xef, 0xbb, 0xbf, ...PLAIN]), 'utf-16le', PLAIN],
  ['UTF-16 with a mark, low byte first', new Uint8Array([0xff, 0xfe, ...LITTLE]), undefined, PLAIN],
  ['UTF-16 with a mark, high byte first', new Uint8Array([0xfe, 0xff, ...BIG]), undefined, PLAIN],
  ['UTF-16 without a mark, declared', LITTLE, 'utf-16le', PLAIN],
  [
    'UTF-16 without a mark, ASCII at its start, low byte first',
    Buffer.from('#EXT', 'utf16le'),
    undefined,
    ascii('#EXT'),
  ],
  ['UTF-16, ASCII at its start, high byte first', Buffer.from('#EXT', 'utf16le').swap16(), undefined, ascii('#EXT')],
  ['ISO-2022-JP, declared', JAPANESE, 'iso-2022-jp', new TextEncoder().encode('日本')],
  ['one byte for each letter', LATIN, undefined, LATIN],
  ['less than a mark', new Uint8Array([0xef, 0xbb]), undefined, new Uint8Array([0xef, 0xbb])],
  ['a mark alone', new Uint8Array([0xef, 0xbb, 0xbf]), undefined, new Uint8Array(0)],
  ['zeros', new Uint8Array(8), undefined, new Uint8Array(8)],
  ['nothing', new Uint8Array(0), undefined, new Uint8Array(0)],
])('%s is read the same in pieces of any size', (_, bytes, declared, expected) => {
  for (const size of [1, 2, 3, 4, 5, 7, 1_000]) {
    expect({ size, read: [...read(bytes, size, declared)] }).toEqual({ size, read: [...expected] })
  }
})

test('a line that is not UTF-8 is given back as its bytes', () => {
  expect(readUtf8(PLAIN)).toBe(TEXT)
  expect(readUtf8(LATIN)).toBe(LATIN)
})

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
