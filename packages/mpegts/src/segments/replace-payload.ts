import type { Buffer } from 'node:buffer'
import { PACKET_BYTES, payloadOffset } from '../packet.ts'

/** One packet in a buffer. */
export type PacketPlace = { readonly packets: Buffer; readonly at: number }

const HEADER_BYTES = 4
const HAS_ADAPTATION_FIELD = 0x20
const STUFFING = 0xff

/**
 * Spreads these bytes over packets that had more; the adaptation fields fill the rest (ISO/IEC
 * 13818-1, 2.4.3.5). Clocks in them stay.
 *
 * @param payload at least one byte for each packet, not within them
 */
export function replacePayload(places: readonly PacketPlace[], payload: Buffer): void {
  let from = 0
  for (const [index, place] of places.entries()) {
    const room = place.at + PACKET_BYTES - payloadOffset(place.packets, place.at)
    const packetsAfter = places.length - index - 1
    const end = Math.min(from + room, payload.length - packetsAfter)
    writePayload(place, payload.subarray(from, end))
    from = end
  }
}

function writePayload({ packets, at }: PacketPlace, payload: Buffer): void {
  const fieldBytes = PACKET_BYTES - HEADER_BYTES - payload.length
  if (fieldBytes > 0) {
    const lengthAt = at + HEADER_BYTES
    const hadField = (packets[at + 3]! & HAS_ADAPTATION_FIELD) !== 0
    const contentBytes = hadField ? packets[lengthAt]! : 0
    packets[at + 3] = packets[at + 3]! | HAS_ADAPTATION_FIELD
    packets[lengthAt] = fieldBytes - 1
    // A field of more than its length starts with flags: none of them is set.
    if (contentBytes === 0 && fieldBytes > 1) packets[lengthAt + 1] = 0
    const stuffingAt = lengthAt + 1 + Math.max(contentBytes, 1)
    if (stuffingAt < lengthAt + fieldBytes) packets.fill(STUFFING, stuffingAt, lengthAt + fieldBytes)
  }
  payload.copy(packets, at + PACKET_BYTES - payload.length)
}
