import { PACKET_BYTES, TICKS_WRAP } from './packet-writer.ts'

/**
 * What the header of one packet says; read without trust in its lengths (ISO/IEC 13818-1, 2.4.3.2
 * and 2.4.3.4).
 */
export type PacketView = {
  readonly bytes: Buffer
  readonly pid: number
  readonly isUnitStart: boolean
  readonly hasTransportError: boolean
  readonly isScrambled: boolean
  readonly hasPayload: boolean
  readonly continuity: number
  readonly isRandomAccess: boolean
  readonly isDiscontinuity: boolean
  /** PCR base, ticks of 90 kHz. */
  readonly pcrTicks: number | undefined
  /** 188 if there is no payload. */
  readonly payloadStart: number
  /** Of a packet that starts a PES packet: its header, if it is whole. */
  readonly pes: PesView | undefined
}

type PesView = {
  readonly streamId: number
  readonly ptsTicks: number | undefined
  readonly dtsTicks: number | undefined
  readonly elementaryStart: number
}

export function viewPacket(bytes: Buffer): PacketView {
  const control = (bytes[3]! >> 4) & 3
  const hasPayload = (control & 1) === 1
  const adaptationBytes = control & 2 ? bytes[4]! : -1
  const flags = adaptationBytes > 0 ? bytes[5]! : 0
  const payloadStart = hasPayload ? Math.min(PACKET_BYTES, 5 + adaptationBytes) : PACKET_BYTES
  const isUnitStart = (bytes[1]! & 0x40) !== 0
  return {
    bytes,
    pid: bytes.readUInt16BE(1) & 0x1fff,
    isUnitStart,
    hasTransportError: (bytes[1]! & 0x80) !== 0,
    isScrambled: (bytes[3]! & 0xc0) !== 0,
    hasPayload,
    continuity: bytes[3]! & 15,
    isRandomAccess: (flags & 0x40) !== 0,
    isDiscontinuity: (flags & 0x80) !== 0,
    pcrTicks: flags & 0x10 && adaptationBytes >= 7 ? bytes.readUInt32BE(6) * 2 + (bytes[10]! >> 7) : undefined,
    payloadStart,
    pes: isUnitStart && hasPayload ? viewPes(bytes, payloadStart) : undefined,
  }
}

/**
 * ISO/IEC 13818-1, 2.4.3.6; undefined if there is no start code or the header does not fit into the
 * packet.
 */
function viewPes(bytes: Buffer, start: number): PesView | undefined {
  if (start + 9 > PACKET_BYTES || bytes.readUIntBE(start, 3) !== 1) return undefined
  const elementaryStart = start + 9 + bytes[start + 8]!
  if (elementaryStart > PACKET_BYTES) return undefined
  const flags = bytes[start + 7]! >> 6
  return {
    streamId: bytes[start + 3]!,
    ptsTicks: flags & 2 ? readStamp(bytes, start + 9) : undefined,
    dtsTicks: flags === 3 ? readStamp(bytes, start + 14) : undefined,
    elementaryStart,
  }
}

function readStamp(bytes: Buffer, at: number): number | undefined {
  if (at + 5 > PACKET_BYTES) return undefined
  const high = (bytes[at]! >> 1) & 7
  return high * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1)
}

/** From one timestamp to another over the wrap of 33 bits: negative means backward. */
export function ticksBetween(from: number, to: number): number {
  const forward = (to - from + TICKS_WRAP) % TICKS_WRAP
  return forward >= TICKS_WRAP / 2 ? forward - TICKS_WRAP : forward
}
