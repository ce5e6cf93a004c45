import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createPacketMaker, stream } from '../test-support/test-packets.ts'
import { createPacketAligner, StreamWatch } from './index.ts'
import { PACKET_BYTES } from './packet.ts'

// Quadratic work on so much would take minutes and hit the test's own deadline.
const BYTES = 2 * 1024 * 1024

/** Bytes by their place. */
const filled = (byteAt: (at: number) => number): Buffer => {
  const bytes = Buffer.alloc(BYTES)
  for (let at = 0; at < BYTES; at += 1) bytes[at] = byteAt(at)
  return bytes
}

describe('bytes made to be slow are aligned in linear time', () => {
  test.each<[string, (at: number) => number]>([
    ['sync bytes only', () => 0x47],
    ['sync bytes, but one in five packets', (at) => (Math.floor(at / PACKET_BYTES) % 5 === 4 ? 0 : 0x47)],
    ['four in step, never five', (at) => (at % PACKET_BYTES === 0 && (at / PACKET_BYTES) % 5 !== 4 ? 0x47 : 0x11)],
    ['in step for 192 and for 204 by turns', (at) => (at % 192 === 0 || at % 204 === 0 ? 0x47 : 0x11)],
    ['every second byte', (at) => (at % 2 === 0 ? 0x47 : 0x11)],
  ])(
    '%s',
    (_, byteAt) => {
      const bytes = filled(byteAt)
      for (const chunkBytes of [BYTES, 1_316, 61]) {
        const aligner = createPacketAligner()
        let whole = 0
        for (let at = 0; at < BYTES; at += chunkBytes) whole += aligner.push(bytes.subarray(at, at + chunkBytes)).length
        aligner.reset()
        expect(whole + aligner.droppedBytes).toBeLessThanOrEqual(BYTES)
      }
    },
    20_000,
  )
})

const program = {
  programNumber: 1,
  pmtPid: 0x50,
  pcrPid: 0x60,
  streams: [stream(0x60, 'video', 'h264'), stream(0x61, 'audio', 'aac')],
}

/** One packet, with a counter that runs on, as often as there is room. */
function repeated(
  pid: number,
  { startsUnit, payload }: { readonly startsUnit: boolean; readonly payload: readonly number[] },
): Buffer {
  const bytes = Buffer.alloc(Math.floor(BYTES / PACKET_BYTES) * PACKET_BYTES)
  for (let at = 0, count = 0; at < bytes.length; at += PACKET_BYTES, count += 1) {
    bytes.set([0x47, (startsUnit ? 0x40 : 0) | (pid >> 8), pid & 0xff, 0x10 | (count & 15), ...payload], at)
  }
  return bytes
}

const PES = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1]

test.each<[string, Buffer]>([
  ['a PAT that never ends', repeated(0, { startsUnit: false, payload: [0, 0xb3, 0xfd] })],
  ['a PAT that begins in each packet', repeated(0, { startsUnit: true, payload: [0, 0, 0xb3, 0xfd] })],
  ['sections of no length, many in each packet', repeated(0x50, { startsUnit: true, payload: Array(184).fill(0) })],
  ['a frame that never ends', repeated(0x60, { startsUnit: false, payload: PES })],
  ['a frame in each packet', repeated(0x60, { startsUnit: true, payload: PES })],
  ['start codes only', repeated(0x60, { startsUnit: true, payload: [...PES, ...Array(56).fill([0, 0, 1]).flat()] })],
  ['audio before a frame that never comes', repeated(0x61, { startsUnit: true, payload: PES })],
])(
  'tables, units and frames are read in linear time: %s',
  (_, packets) => {
    const [watch, splicer] = [new StreamWatch(), createSplicer()]
    splicer.push(createPacketMaker().tables(program))
    watch.push(createPacketMaker().tables(program))
    for (let at = 0; at < packets.length; at += 64 * PACKET_BYTES) {
      const chunk = Buffer.from(packets.subarray(at, at + 64 * PACKET_BYTES))
      watch.push(chunk)
      expect(splicer.push(chunk).packets.length % PACKET_BYTES).toBe(0)
    }
  },
  20_000,
)
