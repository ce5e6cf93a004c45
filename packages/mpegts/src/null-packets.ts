/** Filler that every receiver ignores (ISO/IEC 13818-1, 2.4.3.3: PID 0x1FFF). */
import { Buffer } from 'node:buffer'
import { NULL_PID, PACKET_BYTES, SYNC_BYTE, setPid } from './packet.ts'

/**
 * `count` null packets, to keep a connection alive while there is no media. Their counters mean
 * nothing.
 */
export function nullPackets(count: number): Buffer {
  const packets = Buffer.alloc(count * PACKET_BYTES, 0xff)
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    packets[offset] = SYNC_BYTE
    packets[offset + 1] = 0
    setPid(packets, offset, NULL_PID)
    packets[offset + 3] = 0x10
  }
  return packets
}
