import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createPacketMaker } from '../test-support/test-packets.ts'
import { BrokenLinkMarker } from './broken-link.ts'
import { PACKET_BYTES, payloadOffset } from './packet.ts'

const nal = (type: number, body: number[]) => Buffer.from([0, 0, 1, type << 1, 1, ...body])

function payloadOf(packets: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    parts.push(packets.subarray(payloadOffset(packets, offset), offset + PACKET_BYTES))
  }
  return Buffer.concat(parts)
}

function mark(packets: Buffer): Buffer {
  const marker = new BrokenLinkMarker()
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) marker.mark(packets, offset)
  return packets
}

test('every slice of a CRA frame becomes one of a BLA frame, wherever packets are cut; nothing else changes', () => {
  for (let shift = 0; shift < PACKET_BYTES; shift++) {
    const filler = Buffer.alloc(shift, 0xaa)
    const slices = (type: number) =>
      Buffer.concat([nal(35, [0x50]), nal(33, [1, 2]), filler, nal(type, [7]), nal(type, [9])])
    const make = (type: number) => createPacketMaker().unit({ pid: 0x30, pts: 1, payload: slices(type) })
    expect(payloadOf(mark(make(21)))).toEqual(payloadOf(make(16)))
    expect(mark(make(19))).toEqual(make(19))
  }
})

test('only HEVC needs it', () => {
  expect(['hevc', 'h264', 'mpeg2video'].map(BrokenLinkMarker.isNeededFor)).toEqual([true, false, false])
})

test('survives any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: PACKET_BYTES, maxLength: 4 * PACKET_BYTES }), (bytes) => {
      mark(Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % PACKET_BYTES))))
    }),
  )
})
