import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import { createTransportStreamMaker, shortOrLong } from '@kptv/testkit'
import fc from 'fast-check'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createPacketAligner, StreamWatch } from './index.ts'
import { PACKET_BYTES } from './packet.ts'

/** Other bytes in every run. */
const STREAMS = shortOrLong(1, 20)
const PACKETS = 100_000
const PIECE_BYTES = 64 * 1024

const maker = createTransportStreamMaker({ bitsPerSecond: 4e6 })
const REAL = maker.next(1_000)

/** Part of a real stream, random bytes, one value, or a real part with wrong bytes. */
const part = fc.oneof(
  fc.constant(REAL.subarray(0, 400 * PACKET_BYTES)),
  fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 2_000 })).map(([value, length]) => Buffer.alloc(length, value)),
  fc.tuple(fc.array(fc.nat(REAL.length - 1), { maxLength: 50 }), fc.nat(255)).map(([places, value]) => {
    const bytes = Buffer.from(REAL.subarray(0, 400 * PACKET_BYTES))
    for (const place of places) bytes[place % bytes.length] = value
    return bytes
  }),
)

test('100,000 packets of any mixture never throw, and no more comes out than went in', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      const pattern = Buffer.concat(parts)
      const [aligner, watch, splicer] = [createPacketAligner(), new StreamWatch(), createSplicer()]
      splicer.startInput()
      let [received, sent] = [0, 0]
      for (let bytes = 0; bytes < PACKETS * PACKET_BYTES; bytes += PIECE_BYTES) {
        const piece = Buffer.alloc(PIECE_BYTES)
        for (let at = 0; at < PIECE_BYTES; ) {
          const from = (bytes + at) % pattern.length
          at += pattern.copy(piece, at, from, Math.min(pattern.length, from + PIECE_BYTES - at))
        }
        const packets = aligner.push(piece)
        watch.push(packets)
        received += packets.length
        sent += splicer.push(packets).packets.length
      }
      expect([received % PACKET_BYTES, sent % PACKET_BYTES]).toEqual([0, 0])
      // The splicer adds tables of its own.
      expect(sent).toBeLessThanOrEqual(received * 2 + PIECE_BYTES)
    }),
    { numRuns: STREAMS },
  )
}, 600_000)
