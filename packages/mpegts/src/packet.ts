/**
 * One transport packet: 188 bytes at `offset` of a buffer (ISO/IEC 13818-1, 2.4.3.2).
 *
 * Invariant: given a whole packet inside the buffer, every function reads or writes inside those
 * 188 bytes only, for any contents.
 */
import type { Buffer } from 'node:buffer'

export const PACKET_BYTES = 188
export const SYNC_BYTE = 0x47
export const PAT_PID = 0x0000
export const NULL_PID = 0x1fff

export const MAX_ADAPTATION_FIELD_BYTES = 183
/** Bytes of a packet up to the end of a PCR. */
export const CLOCK_REFERENCE_END = 12

export function pidOf(buffer: Buffer, offset: number): number {
  return ((buffer[offset + 1]! & 0x1f) << 8) | buffer[offset + 2]!
}

export function setPid(buffer: Buffer, offset: number, pid: number): void {
  buffer[offset + 1] = (buffer[offset + 1]! & 0xe0) | (pid >> 8)
  buffer[offset + 2] = pid & 0xff
}

/** transport_error_indicator: the sender knows of bit errors in this packet. */
export function hasTransportError(buffer: Buffer, offset: number): boolean {
  return (buffer[offset + 1]! & 0x80) !== 0
}

/** payload_unit_start_indicator: a PES packet or a section starts here. */
export function startsUnit(buffer: Buffer, offset: number): boolean {
  return (buffer[offset + 1]! & 0x40) !== 0
}

export function isScrambled(buffer: Buffer, offset: number): boolean {
  return (buffer[offset + 3]! & 0xc0) !== 0
}

export function hasPayload(buffer: Buffer, offset: number): boolean {
  return (buffer[offset + 3]! & 0x10) !== 0
}

export function continuityOf(buffer: Buffer, offset: number): number {
  return buffer[offset + 3]! & 0x0f
}

export function setContinuity(buffer: Buffer, offset: number, continuity: number): void {
  buffer[offset + 3] = (buffer[offset + 3]! & 0xf0) | (continuity & 0x0f)
}

/**
 * Where the payload starts; the end of the packet if it has none, or if adaptation_field_length
 * points outside.
 */
export function payloadOffset(buffer: Buffer, offset: number): number {
  const control = buffer[offset + 3]! & 0x30
  if (control === 0x10) return offset + 4
  if (control !== 0x30) return offset + PACKET_BYTES
  return Math.min(offset + 5 + buffer[offset + 4]!, offset + PACKET_BYTES)
}

/**
 * discontinuity_indicator (2.4.3.5): the time base or a continuity counter may legally break here.
 */
export function hasDiscontinuity(buffer: Buffer, offset: number): boolean {
  return (adaptationFlags(buffer, offset) & 0x80) !== 0
}

export function clearDiscontinuity(buffer: Buffer, offset: number): void {
  if (hasDiscontinuity(buffer, offset)) buffer[offset + 5] = buffer[offset + 5]! & 0x7f
}

/** random_access_indicator (2.4.3.5). */
export function hasRandomAccess(buffer: Buffer, offset: number): boolean {
  return (adaptationFlags(buffer, offset) & 0x40) !== 0
}

export function hasClockReference(buffer: Buffer, offset: number): boolean {
  return (adaptationFlags(buffer, offset) & 0x10) !== 0 && buffer[offset + 4]! >= CLOCK_REFERENCE_END - 5
}

/** program_clock_reference_base in ticks of 90 kHz. Check `hasClockReference` first. */
export function readClockReference(buffer: Buffer, offset: number): number {
  return buffer.readUInt32BE(offset + 6) * 2 + (buffer[offset + 10]! >> 7)
}

/** Sets program_clock_reference_base and leaves the 27 MHz extension as it is. */
export function writeClockReference(buffer: Buffer, offset: number, ticks: number): void {
  buffer.writeUInt32BE(Math.floor(ticks / 2), offset + 6)
  buffer[offset + 10] = (buffer[offset + 10]! & 0x7f) | ((ticks % 2) << 7)
}

function adaptationFlags(buffer: Buffer, offset: number): number {
  const isPresent = (buffer[offset + 3]! & 0x20) !== 0
  const length = buffer[offset + 4]!
  return isPresent && length > 0 && length <= MAX_ADAPTATION_FIELD_BYTES ? buffer[offset + 5]! : 0
}
