import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readPesHeader, TIMESTAMP_MODULUS, ticksBetween, wrapTicks, writePesTimes } from './timestamps.ts'

const ticks = fc.integer({ min: 0, max: TIMESTAMP_MODULUS - 1 })

describe('33-bit arithmetic', () => {
  test.each([
    [0, 10, 10],
    [10, 0, -10],
    [TIMESTAMP_MODULUS - 1, 0, 1],
    [0, TIMESTAMP_MODULUS - 1, -1],
    [5, 5, 0],
  ])('from %i to %i it is %i', (from, to, expected) => {
    expect(ticksBetween(from, to)).toBe(expected)
  })

  test('adding the distance leads from one to the other', () => {
    fc.assert(
      fc.property(ticks, fc.integer({ min: -(2 ** 32) + 1, max: 2 ** 32 - 1 }), (from, step) => {
        expect(ticksBetween(from, wrapTicks(from + step))).toBe(step)
      }),
    )
  })
})

describe('PES header', () => {
  // Written by ffmpeg 5.1: video, PTS 133,200 and DTS 126,000.
  const HEADER = Buffer.from('000001e0000080c00a31000910a1110007d861', 'hex')

  test('times are read, and written back unchanged', () => {
    const header = readPesHeader(HEADER, 0, HEADER.length)!
    expect(header).toEqual({ pts: 133_200, dts: 126_000, packetBytes: 0, payloadAt: 19 })
    const copy = Buffer.from(HEADER)
    writePesTimes(copy, 0, header)
    expect(copy).toEqual(HEADER)
  })

  test('any times survive', () => {
    fc.assert(
      fc.property(ticks, ticks, (pts, dts) => {
        const copy = Buffer.from(HEADER)
        writePesTimes(copy, 0, { pts, dts })
        expect(readPesHeader(copy, 0, copy.length)).toMatchObject({ pts, dts })
        expect([copy[9]! & 0xf1, copy[11]! & 1, copy[13]! & 1, copy[14]! & 0xf1]).toEqual([0x31, 1, 1, 0x11])
      }),
    )
  })

  test.each([
    ['cut before DTS ends', HEADER, 18],
    ['cut in the flags', HEADER, 8],
    ['no start code', Buffer.alloc(30), 30],
    ['empty', Buffer.alloc(0), 0],
  ])('%s: undefined', (_, bytes, end) => {
    expect(readPesHeader(bytes, 0, end)).toBeUndefined()
  })

  test('private_stream_2 has a length and no times', () => {
    const bytes = Buffer.from([0, 0, 1, 0xbf, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xff])
    expect(readPesHeader(bytes, 0, 11)).toEqual({ pts: undefined, dts: undefined, packetBytes: 11, payloadAt: 6 })
  })
})
