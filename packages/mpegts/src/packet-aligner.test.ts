import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createSource } from '../test-support/test-packets.ts'
import { createPacketAligner } from './index.ts'
import { PACKET_BYTES } from './packet.ts'

const PACKETS = createSource().frames(12)

/** The same packets with other bytes between them, as M2TS and DVB with parity have. */
function spaced(before: number, after: number): Buffer {
  const parts: Buffer[] = []
  for (let offset = 0; offset < PACKETS.length; offset += PACKET_BYTES) {
    parts.push(Buffer.alloc(before, 9), PACKETS.subarray(offset, offset + PACKET_BYTES), Buffer.alloc(after, 8))
  }
  return Buffer.concat(parts)
}

function align(input: Buffer, chunkBytes: number): Buffer {
  const aligner = createPacketAligner()
  const outputs: Buffer[] = []
  for (let at = 0; at < input.length; at += chunkBytes) outputs.push(aligner.push(input.subarray(at, at + chunkBytes)))
  return Buffer.concat(outputs)
}

describe('createPacketAligner', () => {
  test('an aligned chunk is passed on without a copy', () => {
    const output = createPacketAligner().push(PACKETS)
    expect(output.buffer).toBe(PACKETS.buffer)
    expect(output.equals(PACKETS)).toBe(true)
  })

  test('allocates nothing in steady state: views of the chunk, and one packet that spanned two chunks', () => {
    const aligner = createPacketAligner()
    const memory = new Set<ArrayBufferLike>()
    const chunks = [PACKETS.subarray(0, 1000), PACKETS.subarray(1000, 3000), PACKETS.subarray(3000, 5000)]
    for (const chunk of chunks) {
      aligner.feed(chunk, (packets) => {
        expect(packets.length % PACKET_BYTES).toBe(0)
        memory.add(packets.buffer)
      })
    }
    expect(memory.size).toBe(2)
    expect(memory).toContain(PACKETS.buffer)
  })

  test('with room before each chunk, its packets come in one piece', () => {
    const aligner = createPacketAligner()
    const memory = Buffer.alloc(PACKET_BYTES + 2000)
    const pieces: Buffer[] = []
    for (let at = 0; at < PACKETS.length; at += 2000) {
      const chunk = memory.subarray(PACKET_BYTES, PACKET_BYTES + PACKETS.copy(memory, PACKET_BYTES, at, at + 2000))
      const before = pieces.length
      aligner.feed(chunk, (packets) => pieces.push(Buffer.from(packets)), PACKET_BYTES)
      expect(pieces.length - before).toBe(1)
    }
    expect(Buffer.concat(pieces).equals(PACKETS)).toBe(true)
  })

  test.each([1, 2, 47, 187, 188, 189, 1000])('T22: chunks of %i bytes give the same packets', (chunkBytes) => {
    expect(align(PACKETS, chunkBytes).equals(PACKETS)).toBe(true)
  })

  test('T01: a start in mid-packet costs that packet', () => {
    const aligner = createPacketAligner()
    expect(aligner.push(PACKETS.subarray(100)).equals(PACKETS.subarray(PACKET_BYTES))).toBe(true)
    expect(aligner.droppedBytes).toBe(88)
  })

  test.each([
    [192, 4, 0],
    [204, 0, 16],
  ])('T02: packets at a spacing of %i bytes are found and stripped', (packetSize, before, after) => {
    const input = spaced(before, after)
    const whole = PACKETS.subarray(0, PACKETS.length - (before > 0 ? PACKET_BYTES : 0))
    const aligner = createPacketAligner()
    expect(aligner.push(input).equals(whole)).toBe(true)
    expect(aligner.packetSize).toBe(packetSize)
    expect(align(input, 61).equals(whole)).toBe(true)
  })

  test('T03: a megabyte of garbage full of sync bytes, then packets', () => {
    const garbage = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index % 7 === 0 ? 0x47 : 0x11)))
    expect(align(Buffer.concat([garbage, PACKETS]), 5000).equals(PACKETS)).toBe(true)
  })

  test('sync is found again after bytes were lost', () => {
    const input = Buffer.concat([PACKETS.subarray(0, 1000), PACKETS.subarray(1100)])
    const output = align(input, 333)
    expect(output.length % PACKET_BYTES).toBe(0)
    expect(output.subarray(-20 * PACKET_BYTES).equals(PACKETS.subarray(-20 * PACKET_BYTES))).toBe(true)
  })

  test('T23: a partial packet at the end of an input is dropped, not glued to the next', () => {
    const aligner = createPacketAligner()
    aligner.push(PACKETS.subarray(0, 1000))
    aligner.reset()
    expect(aligner.droppedBytes).toBe(1000 % PACKET_BYTES)
    expect(aligner.push(PACKETS).equals(PACKETS)).toBe(true)
  })

  test('any bytes, any chunks: whole packets, the same for every split, every byte accounted for', () => {
    const bytes = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        fc.nat(20).map((count) => PACKETS.subarray(0, count * PACKET_BYTES + (count % 3))),
        fc.constant(Uint8Array.from([0x47])),
      ),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 500 }), (parts, chunkBytes) => {
        const input = Buffer.concat(parts)
        const aligner = createPacketAligner()
        const whole = aligner.push(input)
        const outputs: Buffer[] = []
        const other = createPacketAligner()
        for (let at = 0; at < input.length; at += chunkBytes)
          outputs.push(other.push(input.subarray(at, at + chunkBytes)))
        expect(Buffer.concat(outputs).equals(whole)).toBe(true)
        const fed: Buffer[] = []
        const third = createPacketAligner()
        for (let at = 0; at < input.length; at += chunkBytes) {
          const ends: boolean[] = []
          third.feed(input.subarray(at, at + chunkBytes), (packets, isLast) => {
            fed.push(Buffer.from(packets))
            ends.push(isLast)
          })
          expect(ends).toEqual(ends.map((_, index) => index === ends.length - 1))
        }
        expect(Buffer.concat(fed).equals(whole)).toBe(true)
        const fedWithRoom: Buffer[] = []
        const fourth = createPacketAligner()
        for (let at = 0; at < input.length; at += chunkBytes) {
          const chunk = Buffer.concat([Buffer.alloc(256), input.subarray(at, at + chunkBytes)]).subarray(256)
          fourth.feed(chunk, (packets) => fedWithRoom.push(Buffer.from(packets)), 256)
        }
        expect(Buffer.concat(fedWithRoom).equals(whole)).toBe(true)
        expect(whole.length % PACKET_BYTES).toBe(0)
        for (let at = 0; at < whole.length; at += PACKET_BYTES) expect(whole[at]).toBe(0x47)
        other.reset()
        aligner.reset()
        third.reset()
        expect([other.droppedBytes, third.droppedBytes]).toEqual([aligner.droppedBytes, aligner.droppedBytes])
        if (aligner.droppedBytes + whole.length !== input.length) expect(whole.length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })
})
