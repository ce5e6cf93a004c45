/** Transport packets of one PES packet of audio (ISO/IEC 13818-1, 2.4.3.6). */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, SYNC_BYTE, setContinuity, setPid } from './packet.ts'
import { writePesTimes } from './timestamps.ts'

const AUDIO_STREAM_ID = 0xc0
const HEADER_BYTES = 14
const MAX_PAYLOAD_BYTES = PACKET_BYTES - 4

/**
 * @param nextContinuity the counter of the next packet; called once for each
 */
export function packUnit(
  unit: { readonly pid: number; readonly pts: number; readonly payload: Buffer },
  nextContinuity: () => number,
): Buffer {
  const pes = Buffer.concat([Buffer.alloc(HEADER_BYTES), unit.payload])
  pes.writeUInt32BE(0x00000100 | AUDIO_STREAM_ID, 0)
  pes.writeUInt16BE(pes.length - 6, 4)
  pes.writeUInt32BE(0x80800521, 6)
  writePesTimes(pes, 0, { pts: unit.pts, dts: undefined })

  const count = Math.ceil(pes.length / MAX_PAYLOAD_BYTES)
  const packets = Buffer.alloc(count * PACKET_BYTES, 0xff)
  for (let index = 0; index < count; index++) {
    const offset = index * PACKET_BYTES
    const piece = pes.subarray(index * MAX_PAYLOAD_BYTES, (index + 1) * MAX_PAYLOAD_BYTES)
    const stuffing = MAX_PAYLOAD_BYTES - piece.length
    packets[offset] = SYNC_BYTE
    packets[offset + 1] = index === 0 ? 0x40 : 0
    setPid(packets, offset, unit.pid)
    packets[offset + 3] = stuffing > 0 ? 0x30 : 0x10
    setContinuity(packets, offset, nextContinuity())
    // The adaptation field is all stuffing: its length, its flags if there is room, then 0xff.
    if (stuffing > 0) packets[offset + 4] = stuffing - 1
    if (stuffing > 1) packets[offset + 5] = 0
    piece.copy(packets, offset + PACKET_BYTES - piece.length)
  }
  return packets
}
