/**
 * Changes to a packet beyond single fields, for the few packets that need them. The promise of
 * packet.ts holds: each function stays inside the 188 bytes at `offset`.
 */
import type { Buffer } from 'node:buffer'
import {
  CLOCK_REFERENCE_END,
  MAX_ADAPTATION_FIELD_BYTES,
  PACKET_BYTES,
  payloadOffset,
  SYNC_BYTE,
  setPid,
  writeClockReference,
} from './packet.ts'

/** Removes the PCR; what follows it in the adaptation field moves up, stuffing fills the end. */
export function removeClockReference(buffer: Buffer, offset: number): void {
  const fieldEnd = offset + 5 + buffer[offset + 4]!
  buffer[offset + 5] = buffer[offset + 5]! & 0xef
  buffer.copyWithin(offset + 6, offset + CLOCK_REFERENCE_END, fieldEnd)
  buffer.fill(0xff, fieldEnd - 6, fieldEnd)
}

/**
 * Makes the 188 bytes at `offset` a packet that carries nothing but a clock reference (its counter
 * does not advance).
 */
export function writeClockPacket(
  buffer: Buffer,
  offset: number,
  packet: { readonly pid: number; readonly ticks: number },
): void {
  buffer.fill(0xff, offset, offset + PACKET_BYTES)
  buffer[offset] = SYNC_BYTE
  buffer[offset + 1] = 0
  setPid(buffer, offset, packet.pid)
  buffer[offset + 3] = 0x20
  buffer[offset + 4] = MAX_ADAPTATION_FIELD_BYTES
  buffer[offset + 5] = 0x10
  buffer[offset + 10] = 0x7e
  buffer[offset + 11] = 0
  writeClockReference(buffer, offset, packet.ticks)
}

/**
 * Removes the first `cutBytes` of the payload in place: they become stuffing (2.4.3.5). What is
 * left continues a unit, so it no longer starts one. A PCR stays.
 */
export function cutPayload(buffer: Buffer, offset: number, cutBytes: number): void {
  const start = payloadOffset(buffer, offset)
  const hadField = (buffer[offset + 3]! & 0x20) !== 0
  buffer[offset + 1] = buffer[offset + 1]! & 0xbf
  if (cutBytes === 0) return
  buffer[offset + 3] = buffer[offset + 3]! | 0x20
  buffer[offset + 4] = start + cutBytes - (offset + 5)
  const hadFlags = hadField && start > offset + 5
  if (!hadFlags && start + cutBytes > offset + 5) buffer[offset + 5] = 0
  buffer.fill(0xff, hadFlags ? start : Math.min(offset + 6, start + cutBytes), start + cutBytes)
}
