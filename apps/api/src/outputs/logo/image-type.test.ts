import { deflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { imageType } from './image-type.ts'

const bytes = (...parts: ReadonlyArray<string | number[] | Buffer>) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
const be32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
const be16 = (value: number) => [value >>> 8, value & 255]
const le16 = (value: number) => [value & 255, value >>> 8]
const le24 = (value: number) => [value & 255, (value >>> 8) & 255, value >>> 16]

const png = (width: number, height: number) =>
  bytes('\x89PNG\r\n\x1a\n', be32(13), 'IHDR', be32(width), be32(height), [8, 2, 0, 0, 0], be32(0), deflateSync('x'))
const gif = (width: number, height: number) => bytes('GIF89a', le16(width), le16(height), [0, 0, 0])
const jpeg = (width: number, height: number, before = '') =>
  bytes('\xff\xd8\xff\xe1', be16(before.length + 2), before, '\xff\xff\xc2', be16(17), [8], be16(height), be16(width))
const webp = (chunk: string, header: Buffer) => bytes('RIFF', [0, 0, 0, 0], 'WEBP', chunk, [0, 0, 0, 0], header)
const lossless = (width: number, height: number) => {
  const bits = Buffer.alloc(4)
  bits.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0)
  return webp('VP8L', bytes([0x2f], bits))
}
const avif = (...sizes: ReadonlyArray<readonly [number, number]>) =>
  bytes(be32(28), 'ftypavif', ...sizes.flatMap(([w, h]) => ['ispe', be32(0), be32(w), be32(h)]))

describe('images are recognised by their bytes', () => {
  test.each([
    ['png', png(300, 200), 'image/png'],
    ['gif', gif(300, 200), 'image/gif'],
    ['jpeg', jpeg(300, 200), 'image/jpeg'],
    ['jpeg behind a long header', jpeg(300, 200, 'Exif'.repeat(5_000)), 'image/jpeg'],
    ['webp, lossy', webp('VP8 ', bytes([0, 0, 0, 0x9d, 1, 0x2a], le16(300), le16(200))), 'image/webp'],
    ['webp, lossless', lossless(300, 200), 'image/webp'],
    ['webp, extended', webp('VP8X', bytes([0, 0, 0, 0], le24(299), le24(199))), 'image/webp'],
    ['avif', avif([300, 200]), 'image/avif'],
  ])('%s', (_, image, type) => {
    expect(imageType(image)).toBe(type)
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('<!doctype html><html><body><svg></svg></body></html>')],
    ['a page that begins like a declaration', Buffer.from('<?xml version="1.0"?><html><svg/></html>')],
    ['text', Buffer.from('GIF87 is a format')],
    ['a program', bytes('MZ', Buffer.alloc(100))],
    ['a png that is cut off', png(300, 200).subarray(0, 20)],
    ['a jpeg that is cut off', jpeg(300, 200).subarray(0, 12)],
    ['a jpeg of segments without end', bytes('\xff\xd8\xff', Buffer.alloc(100_000, '\xff\xe1\x00\x00', 'latin1'))],
    ['an icon', bytes([0, 0, 1, 0, 1, 0])],
  ])('%s is not an image', (_, image) => {
    expect(imageType(image)).toBeUndefined()
  })
})

describe('an image that would need too much memory is refused', () => {
  test.each([
    ['png', png(50_000, 50_000)],
    ['png of one line', png(0xffff_ffff, 1)],
    ['png without size', png(0, 100)],
    ['gif', gif(65_535, 65_535)],
    ['jpeg', jpeg(65_500, 65_500)],
    ['webp, lossless', lossless(16_384, 16_384)],
    ['webp, extended', webp('VP8X', bytes([0, 0, 0, 0], le24(99_999), le24(99_999)))],
    ['avif with a small preview', avif([10, 10], [30_000, 30_000])],
  ])('%s', (_, image) => {
    expect(imageType(image)).toBeUndefined()
  })
})
