export const PACKET_BYTES = 188
export const NULL_PID = 0x1fff
/** 33 bits of 90 kHz (ISO/IEC 13818-1, 2.4.3.7): PTS, DTS and the base of PCR wrap here. */
export const TICKS_WRAP = 2 ** 33

export type AdaptationField = {
  readonly isRandomAccess?: boolean
  readonly isDiscontinuity?: boolean
  /** In ticks of 90 kHz, not wrapped; the extension is 0. */
  readonly pcrTicks?: number
}

/**
 * Header and adaptation field of one packet (ISO/IEC 13818-1, 2.4.3.2, 2.4.3.4); the rest is 0xFF.
 */
export function startPacket(
  header: { readonly pid: number; readonly isUnitStart: boolean; readonly continuity: number },
  adaptation: AdaptationField = {},
): { readonly packet: Buffer; readonly payloadStart: number } {
  const packet = Buffer.alloc(PACKET_BYTES, 0xff)
  const { isRandomAccess = false, isDiscontinuity = false, pcrTicks } = adaptation
  const hasAdaptation = isRandomAccess || isDiscontinuity || pcrTicks !== undefined
  packet[0] = 0x47
  packet.writeUInt16BE((header.isUnitStart ? 0x4000 : 0) | header.pid, 1)
  packet[3] = (hasAdaptation ? 0x30 : 0x10) | header.continuity
  if (!hasAdaptation) return { packet, payloadStart: 4 }
  packet[4] = pcrTicks === undefined ? 1 : 7
  packet[5] = (isDiscontinuity ? 0x80 : 0) | (isRandomAccess ? 0x40 : 0) | (pcrTicks === undefined ? 0 : 0x10)
  if (pcrTicks !== undefined) writePcr(packet, pcrTicks)
  return { packet, payloadStart: 5 + packet[4]! }
}

function writePcr(packet: Buffer, pcrTicks: number): void {
  const base = pcrTicks % TICKS_WRAP
  packet.writeUInt32BE(Math.floor(base / 2), 6)
  packet[10] = ((base % 2) << 7) | 0x7e
  packet[11] = 0
}

/** PES header with PTS, and DTS if given (ISO/IEC 13818-1, 2.4.3.6); ticks need not be wrapped. */
export function pesHeader(fields: {
  readonly streamId: number
  /** Bytes of elementary stream that follow; 0 for video of unknown length. */
  readonly elementaryBytes: number
  readonly ptsTicks: number
  readonly dtsTicks?: number
}): Buffer {
  const stamps =
    fields.dtsTicks === undefined ? [stamp(2, fields.ptsTicks)] : [stamp(3, fields.ptsTicks), stamp(1, fields.dtsTicks)]
  const headerDataBytes = stamps.length * 5
  const length = fields.elementaryBytes === 0 ? 0 : 3 + headerDataBytes + fields.elementaryBytes
  const flags = stamps.length === 1 ? 0x80 : 0xc0
  const fixed = [0, 0, 1, fields.streamId, length >> 8, length & 0xff, 0x84, flags, headerDataBytes]
  return Buffer.from([...fixed, ...stamps.flat()])
}

function stamp(marker: number, ticks: number): number[] {
  const value = ticks % TICKS_WRAP
  const high = Math.floor(value / 2 ** 30)
  const middle = Math.floor(value / 2 ** 15) % 2 ** 15
  const low = value % 2 ** 15
  const [middleByte, lowByte] = [(middle << 1) | 1, (low << 1) | 1]
  return [(marker << 4) | (high << 1) | 1, middleByte >> 8, middleByte & 0xff, lowByte >> 8, lowByte & 0xff]
}
