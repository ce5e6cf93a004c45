import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { continuityOf, PACKET_BYTES, payloadOffset, pidOf } from '../packet.ts'
import { replacePayload } from './replace-payload.ts'

/** A packet with so many bytes of adaptation field, 0 for none. */
function packetWith(fieldBytes: number): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES, 0x55)
  packet.writeUInt32BE(fieldBytes === 0 ? 0x47010115 : 0x47010135)
  if (fieldBytes > 0) packet[4] = fieldBytes - 1
  return packet
}

const payloadOf = (packet: Buffer) => packet.subarray(payloadOffset(packet, 0))

test('any bytes fit into packets that had at least as many; fields keep their content', () => {
  const fields = fc.array(fc.integer({ min: 0, max: 180 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fields, fc.double({ min: 0, max: 1, noNaN: true }), (fieldBytes, share) => {
      const packets = fieldBytes.map(packetWith)
      const room = packets.reduce((sum, packet) => sum + payloadOf(packet).length, 0)
      const payload = Buffer.from(
        Array.from({ length: packets.length + Math.floor((room - packets.length) * share) }, (_, index) => index & 255),
      )
      replacePayload(
        packets.map((packet) => ({ packets: packet, at: 0 })),
        payload,
      )
      expect(Buffer.concat(packets.map(payloadOf))).toEqual(payload)
      for (const [index, packet] of packets.entries()) {
        expect([pidOf(packet, 0), continuityOf(packet, 0), payloadOf(packet).length > 0]).toEqual([0x101, 5, true])
        const kept = Math.max(0, fieldBytes[index]! - 1)
        expect(packet.subarray(5, 5 + kept)).toEqual(Buffer.alloc(kept, 0x55))
      }
    }),
  )
})
