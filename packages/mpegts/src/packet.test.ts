import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nullPackets } from './index.ts'
import {
  clearDiscontinuity,
  hasClockReference,
  hasDiscontinuity,
  hasPayload,
  hasRandomAccess,
  PACKET_BYTES,
  payloadOffset,
  pidOf,
  readClockReference,
  setPid,
  writeClockReference,
} from './packet.ts'
import { writeClockPacket } from './remake-packet.ts'

function packetWith(control: number, fieldBytes: number, flags = 0): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES)
  packet.set([0x47, 0, 0, control, fieldBytes, flags])
  return packet
}

describe('T09: adaptation field', () => {
  test.each([
    ['none', 0x10, 0, 4, false],
    ['length 0', 0x30, 0, 5, false],
    ['flags only', 0x30, 1, 6, true],
    ['length 182, payload of one byte', 0x30, 182, 187, true],
    ['length 183, no room for the payload', 0x30, 183, 188, true],
    ['length 184', 0x30, 184, 188, false],
    ['length 255', 0x30, 255, 188, false],
    ['only the field', 0x20, 183, 188, true],
  ])('%s', (_, control, length, payloadAt, isReadable) => {
    const packet = packetWith(control, length, 0xc0)
    expect(payloadOffset(packet, 0)).toBe(payloadAt)
    expect([hasDiscontinuity(packet, 0), hasRandomAccess(packet, 0)]).toEqual([isReadable, isReadable])
  })

  test('a PCR flag in a field too short for a PCR is ignored', () => {
    expect([6, 7].map((length) => hasClockReference(packetWith(0x30, length, 0x10), 0))).toEqual([false, true])
  })
})

test('PCR base: reads back what is written, and keeps extension and reserved bits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 33 - 1 }), (ticks) => {
      const packet = packetWith(0x20, 183, 0x10)
      packet[10] = 0x7f
      packet[11] = 0x2a
      writeClockReference(packet, 0, ticks)
      expect(readClockReference(packet, 0)).toBe(ticks)
      expect([packet[10]! & 0x7f, packet[11]]).toEqual([0x7f, 0x2a])
    }),
  )
})

test('PID: reads back what is written, and keeps the flags beside it', () => {
  const packet = packetWith(0x10, 0)
  packet[1] = 0xe0
  setPid(packet, 0, 0x1abc)
  expect([pidOf(packet, 0), packet[1]! & 0xe0]).toEqual([0x1abc, 0xe0])
})

test('clearDiscontinuity leaves payload bytes alone', () => {
  const packet = packetWith(0x10, 1, 0xff)
  clearDiscontinuity(packet, 0)
  expect(packet[5]).toBe(0xff)
})

test('a clock packet has a PCR and no payload', () => {
  const packet = Buffer.alloc(PACKET_BYTES)
  writeClockPacket(packet, 0, { pid: 0x100, ticks: 123_456_789 })
  expect([pidOf(packet, 0), hasPayload(packet, 0), readClockReference(packet, 0)]).toEqual([0x100, false, 123_456_789])
})

test('nullPackets', () => {
  const packets = nullPackets(3)
  expect(packets).toHaveLength(3 * PACKET_BYTES)
  expect([0, 1, 2].map((index) => packets.toString('hex', index * PACKET_BYTES, index * PACKET_BYTES + 4))).toEqual(
    Array(3).fill('471fff10'),
  )
})
