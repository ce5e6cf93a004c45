import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import fc from 'fast-check'
import { createSplicer } from '../../test-support/create-splicer.ts'
import { PACKET_BYTES } from '../packet.ts'
import { AudioReader } from './audio-reader.ts'
import { adtsFrameBytes, mpegFrameBytes } from './frame-bytes.ts'
import { WholeFramesOnly } from './whole-frames-only.ts'

const framesOf = (audio: Buffer): number[] => {
  const lengths: number[] = []
  for (let at = 0; at < audio.length; at += lengths.at(-1)!) {
    const length = adtsFrameBytes(audio, at)
    expect(length).toBeGreaterThan(0)
    lengths.push(length)
  }
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(audio.length)
  return lengths
}
const splice = (...inputs: Buffer[]): Buffer => {
  const splicer = createSplicer()
  return Buffer.concat(
    inputs.map((input) => {
      splicer.startInput()
      return splicer.push(input).packets
    }),
  )
}

test.each<[string, number[], number]>([
  ['layer III, 128 kbit/s, 44.1 kHz', [0xff, 0xfb, 0x90, 0x00], 417],
  ['layer III, with padding', [0xff, 0xfb, 0x92, 0x00], 418],
  ['layer III of MPEG-2, 64 kbit/s, 22.05 kHz', [0xff, 0xf3, 0x80, 0x00], 208],
  ['layer III of MPEG-2.5, 8 kbit/s, 8 kHz', [0xff, 0xe3, 0x18, 0x00], 72],
  ['layer II, 192 kbit/s, 48 kHz', [0xff, 0xfd, 0xa4, 0x00], 576],
  ['layer I, 448 kbit/s, 48 kHz', [0xff, 0xff, 0xe4, 0x00], 448],
  ['a free bit rate', [0xff, 0xfb, 0x00, 0x00], 0],
  ['a forbidden bit rate', [0xff, 0xfb, 0xf0, 0x00], 0],
  ['a reserved sample rate', [0xff, 0xfb, 0x9c, 0x00], 0],
  ['a reserved version', [0xff, 0xeb, 0x90, 0x00], 0],
  ['AAC', [0xff, 0xf1, 0x50, 0x80], 0],
])('a frame of MPEG audio: %s', (_, header, length) => {
  expect(mpegFrameBytes(Buffer.concat([Buffer.from(header), Buffer.alloc(8)]), 0)).toBe(length)
})

describe('the audio of a channel', () => {
  const input = () => createTransportStreamMaker({ packetsPerAudioFrame: 2 }).next(3_000)

  test('is the same however the stream is divided', () => {
    const output = splice(input())
    const whole = new AudioReader('aac').push(output)
    expect(framesOf(whole).length).toBeGreaterThan(100)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 20 }), (sizes) => {
        const reader = new AudioReader('aac')
        const parts: Buffer[] = []
        let at = 0
        for (const size of [...sizes, output.length]) {
          parts.push(reader.push(output.subarray(at, at + size * PACKET_BYTES)))
          at += size * PACKET_BYTES
        }
        expect(Buffer.concat(parts).equals(whole)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('has only whole frames, even if a source broke off within one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 300, max: 1_200 }), { minLength: 2, maxLength: 4 }), (cuts) => {
        const output = splice(...cuts.map((packets) => input().subarray(0, packets * PACKET_BYTES)))
        framesOf(new AudioReader('aac').push(output))
      }),
      { numRuns: 6 },
    )
  })

  test('is missing for a codec that no track has', () => {
    const output = splice(input())
    const reader = new AudioReader('mp3')
    expect(reader.isThere).toBeUndefined()
    expect(reader.push(output)).toHaveLength(0)
    expect(reader.isThere).toBe(false)
  })
})

test('never throws, and keeps no more than a frame', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 10 }), (pieces) => {
      const frames = new WholeFramesOnly(mpegFrameBytes)
      const bytes = pieces.reduce((sum, piece) => sum + frames.push(Buffer.from(piece)).length, 0)
      expect(bytes).toBeLessThanOrEqual(pieces.reduce((sum, piece) => sum + piece.length, 0))
    }),
  )
})
