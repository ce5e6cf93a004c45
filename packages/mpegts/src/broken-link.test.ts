import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { markBrokenLink } from './broken-link.ts'
import { PACKET_BYTES, payloadOffset } from './packet.ts'
import { createPacketMaker } from './test-packets.ts'

const nal = (type: number, body: number[]) => Buffer.from([0, 0, 1, type << 1, 1, ...body])

function payloadOf(packets: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    parts.push(packets.subarray(payloadOffset(packets, offset), offset + PACKET_BYTES))
  }
  return Buffer.concat(parts)
}

test('every slice of a CRA picture becomes one of a BLA picture, wherever packets are cut; nothing else changes', () => {
  for (let shift = 0; shift < PACKET_BYTES; shift++) {
    const filler = Buffer.alloc(shift, 0xaa)
    const slices = (type: number) =>
      Buffer.concat([nal(35, [0x50]), nal(33, [1, 2]), filler, nal(type, [7]), nal(type, [9])])
    const make = (type: number) => createPacketMaker().unit({ pid: 0x30, pts: 1, payload: slices(type) })
    const marked = make(21)
    markBrokenLink('hevc', [marked])
    expect(payloadOf(marked)).toEqual(payloadOf(make(16)))
    const idr = make(19)
    markBrokenLink('hevc', [idr])
    expect(idr).toEqual(make(19))
  }
})

test('other codecs are left alone, any bytes are survived', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: PACKET_BYTES, maxLength: 4 * PACKET_BYTES }), (bytes) => {
      const whole = bytes.length - (bytes.length % PACKET_BYTES)
      const packets = Buffer.from(bytes.subarray(0, whole))
      markBrokenLink('h264', [packets])
      expect(packets).toEqual(Buffer.from(bytes.subarray(0, whole)))
      markBrokenLink('hevc', [packets])
    }),
  )
})
