import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createPacketMaker } from '../test-support/test-packets.ts'
import { judgeAccessUnit } from './join-point.ts'

const bytes = (...hex: string[]) => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex')
const H264_PARAMETERS = '00000001 6764001f ac00 00000001 68ebe3cb'
const H264_DELIMITER = '00000001 09f0'
const SEI_OF_1000_BYTES = `00000001 0605 ${'ff'.repeat(3)}eb${'5a'.repeat(1000)}80`
const HEVC_PARAMETERS = '00000001 40010c01 00000001 42010101 00000001 4401c172'
const MPEG2_SEQUENCE = '000001b3 2d0240 33 ffffe018 000001b5 148200010000'

function classify(codec: string, payload: Buffer, hasRandomAccess = false) {
  const packets = createPacketMaker().unit({ pid: 0x100, pts: 0, payload, hasRandomAccess })
  return judgeAccessUnit(codec, packets, 0, true)
}

test.each([
  ['h264', 'IDR with parameter sets', [H264_DELIMITER, H264_PARAMETERS, '00000165 8884'], 'key'],
  ['h264', 'IDR behind a long SEI, in a later packet', [H264_PARAMETERS, SEI_OF_1000_BYTES, '00000165 8884'], 'key'],
  ['h264', 'IDR alone: no decoder can start', [H264_DELIMITER, '00000165 8884'], 'partial'],
  ['h264', 'I slice with parameter sets (open GOP)', [H264_PARAMETERS, '00000141 88 84'], 'key'],
  ['h264', 'P slice with parameter sets', [H264_PARAMETERS, '00000141 9a24'], 'parameters'],
  [
    'h264',
    'P slice with parameter sets and recovery point (intra refresh)',
    [H264_PARAMETERS, '000001 060601c480', '00000141 9a24'],
    'key',
  ],
  ['h264', 'P slice', [H264_DELIMITER, '00000141 9a24'], 'partial'],
  ['h264', 'parameter sets and nothing else', [H264_PARAMETERS], 'parameters'],
  ['hevc', 'IDR_W_RADL', [HEVC_PARAMETERS, '00000126 01af'], 'key'],
  ['hevc', 'CRA', [HEVC_PARAMETERS, '0000012a 01af'], 'key'],
  ['hevc', 'IDR alone', ['00000126 01af'], 'partial'],
  ['hevc', 'TRAIL_R', ['00000001 460150 00000102 01d0'], 'partial'],
  ['mpeg2video', 'sequence and I frame', [MPEG2_SEQUENCE, '00000100 000f fff8'], 'key'],
  ['mpeg2video', 'I frame alone', ['00000100 000f fff8'], 'partial'],
  ['mpeg2video', 'sequence and P frame', [MPEG2_SEQUENCE, '00000100 0017 fff8'], 'parameters'],
  ['mpeg2video', 'B frame', ['00000100 001f fff8'], 'partial'],
] as const)('%s: %s', (codec, _, payload, expected) => {
  expect(classify(codec, Buffer.concat([bytes(...payload), Buffer.alloc(100, 0x5a)]))).toBe(expected)
})

test.each([
  ['h264', 'a P slice of a few bytes', [H264_DELIMITER, '00000141 9a24'], 'partial'],
  ['h264', 'an IDR slice of a few bytes', [H264_PARAMETERS, '00000165 88'], 'key'],
  ['hevc', 'a slice of a few bytes', ['00000001 460150 00000102 01'], 'partial'],
  ['mpeg2video', 'a B frame of a few bytes', ['00000100 001f ff'], 'partial'],
] as const)('%s: %s is judged on its own, without the unit after it', (codec, _, payload, expected) => {
  const packets = createPacketMaker().unit({ pid: 0x100, pts: 0, payload: bytes(...payload) })
  expect(judgeAccessUnit(codec, packets, 0)).toBe(expected)
})

test('a unit that ends before its type is known must wait, and is judged when more of it arrives', () => {
  const payload = Buffer.concat([bytes(H264_PARAMETERS, SEI_OF_1000_BYTES, '00000165 8884'), Buffer.alloc(50, 0x5a)])
  const packets = createPacketMaker().unit({ pid: 0x100, pts: 0, payload })
  expect(judgeAccessUnit('h264', packets.subarray(0, 3 * 188), 0)).toBeUndefined()
  expect(judgeAccessUnit('h264', packets, 0)).toBe('key')
})

test('random_access_indicator decides where the bytes do not', () => {
  const unreadable = Buffer.alloc(400, 0x5a)
  expect([classify('vc1', unreadable, true), classify('vc1', unreadable)]).toEqual(['key', 'partial'])
  expect([classify('h264', unreadable, true), classify('h264', unreadable)]).toEqual(['key', 'partial'])
})

test('an indicator on a plain P frame is ignored', () => {
  expect(classify('h264', Buffer.concat([bytes(H264_DELIMITER, '00000141 9a24'), Buffer.alloc(99, 1)]), true)).toBe(
    'partial',
  )
})

const CODECS = fc.constantFrom('h264', 'hevc', 'mpeg2video', 'vc1')

test('survives any bytes', () => {
  fc.assert(
    fc.property(CODECS, fc.uint8Array({ maxLength: 9000 }), (codec, payload) => {
      classify(codec, Buffer.from(payload))
    }),
  )
})

test('bytes without a start code are not a join point', () => {
  fc.assert(
    fc.property(CODECS, fc.uint8Array({ min: 2, maxLength: 9000 }), (codec, payload) => {
      expect(classify(codec, Buffer.from(payload))).toBe('partial')
    }),
  )
})
