import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readH264Format, readHevcFormat, readMpeg2Format } from './video-format.ts'

// Parameter sets as x264, x265 and the encoder of MPEG-2 in ffmpeg write them.
test.each([
  [
    'baseline, cropped to 1080 lines',
    '6742c028da01e0089f97011000000300100000030320f1832a',
    { codec: 'avc1.42c028', width: 1920, height: 1080, framesPerSecond: 25 },
  ],
  [
    'interlaced, high profile',
    '6764001eace402d0937fe0080005a2000003000200000300643e285490',
    { codec: 'avc1.64001e', width: 720, height: 576, framesPerSecond: 25 },
  ],
  [
    '4:4:4, interlaced, with another aspect ratio',
    '67f4001e919b2816849bff0040002d1000000300100000030321f1429960',
    { codec: 'avc1.f4001e', width: 720, height: 576, framesPerSecond: 25 },
  ],
  [
    '4:4:4, cropped',
    '67f4001e919b281405ff1380880000030008000003019078b16cb0',
    { codec: 'avc1.f4001e', width: 640, height: 360, framesPerSecond: 25 },
  ],
])('H.264: %s', (_, hex, expected) => {
  expect(readH264Format(Buffer.from(hex, 'hex'))).toEqual(expected)
})

test.each([
  [
    'main, cropped to 1080 lines',
    '420101016000000300900000030000030078a003c0801107cb965654a4c2f0168080000003008000000c84',
    { codec: 'hvc1.1.6.L120.90', width: 1920, height: 1080 },
  ],
  [
    'main 10',
    '42010102200000030090000003000003003fa005020171f2b6595952930bc05a020000030002000003003210',
    { codec: 'hvc1.2.4.L63.90', width: 640, height: 360 },
  ],
  [
    '4:4:4, range extensions',
    '4201010408000003009e08000003000078900078100220f89cb2b2a5261780b7020200040000030004000003006420',
    { codec: 'hvc1.4.10.L120.9E.8', width: 1920, height: 1080 },
  ],
])('HEVC: %s', (_, hex, expected) => {
  expect(readHevcFormat(Buffer.from(hex, 'hex'))).toEqual({ ...expected, framesPerSecond: undefined })
})

test('MPEG-2: size and frame rate; its codec has no name', () => {
  expect(readMpeg2Format(Buffer.from('b32d024033ffffe018', 'hex'))).toEqual({
    codec: undefined,
    width: 720,
    height: 576,
    framesPerSecond: 25,
  })
})

test('no bytes make them throw, or report a size that no video has', () => {
  const readers = [readH264Format, readHevcFormat, readMpeg2Format]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...readers), (bytes, read) => {
      const format = read(Buffer.from(bytes))
      if (format === undefined) return
      for (const side of [format.width, format.height]) {
        expect(side).toBeGreaterThan(0)
        expect(side).toBeLessThanOrEqual(16_384)
      }
    }),
  )
})
