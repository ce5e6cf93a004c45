/**
 * Time stamps of 33 bits at 90 kHz (ISO/IEC 13818-1, 2.4.3.7). They wrap after 26.5 hours; all
 * arithmetic on them is done here. A tick is 1/90,000 s.
 */
import type { Buffer } from 'node:buffer'

export const TICKS_PER_SECOND = 90_000
export const TICKS_PER_MS = TICKS_PER_SECOND / 1_000
export const TIMESTAMP_MODULUS = 2 ** 33

/**
 * What the start of a PES packet says. Times in ticks; `packetBytes` counts from the start code, 0
 * means unbounded.
 */
export type PesHeader = {
  readonly pts: number | undefined
  readonly dts: number | undefined
  readonly packetBytes: number
  readonly payloadAt: number
}

/** Any whole number of ticks, negative ones too, into 0 … 2^33 − 1. */
export function wrapTicks(ticks: number): number {
  const rest = ticks % TIMESTAMP_MODULUS
  return rest < 0 ? rest + TIMESTAMP_MODULUS : rest
}

/**
 * Ticks from one timestamp to the other by the shorter way round: negative when `to` is the
 * earlier one.
 */
export function ticksBetween(from: number, to: number): number {
  const distance = to - from
  if (distance > TIMESTAMP_MODULUS / 2) return distance - TIMESTAMP_MODULUS
  if (distance < -TIMESTAMP_MODULUS / 2) return distance + TIMESTAMP_MODULUS
  return distance
}

/**
 * Reads the PES header that starts at `start`, inside `end` (2.4.3.6).
 * Undefined if there is no start code, or if the timestamps do not fit before `end`.
 */
export function readPesHeader(buffer: Buffer, start: number, end: number): PesHeader | undefined {
  if (start + 6 > end || buffer[start] !== 0 || buffer[start + 1] !== 0 || buffer[start + 2] !== 1) return undefined
  const announcedBytes = buffer.readUInt16BE(start + 4)
  const packetBytes = announcedBytes === 0 ? 0 : announcedBytes + 6
  if (!hasOptionalHeader(buffer[start + 3]!)) {
    return { pts: undefined, dts: undefined, packetBytes, payloadAt: start + 6 }
  }
  if (start + 9 > end) return undefined
  const indicated = buffer[start + 7]! >> 6
  if ((indicated >= 2 && start + 14 > end) || (indicated === 3 && start + 19 > end)) return undefined
  return {
    pts: indicated >= 2 ? readTimestamp(buffer, start + 9) : undefined,
    dts: indicated === 3 ? readTimestamp(buffer, start + 14) : undefined,
    packetBytes,
    payloadAt: start + 9 + buffer[start + 8]!,
  }
}

/**
 * Overwrites the timestamps of the PES header at `start`; `header` must be what `readPesHeader`
 * found there.
 */
export function writePesTimes(buffer: Buffer, start: number, times: Pick<PesHeader, 'pts' | 'dts'>): void {
  if (times.pts !== undefined) writeTimestamp(buffer, start + 9, times.pts)
  if (times.dts !== undefined) writeTimestamp(buffer, start + 14, times.dts)
}

function readTimestamp(buffer: Buffer, at: number): number {
  const high = (buffer[at]! >> 1) & 0x07
  const middle = buffer.readUInt16BE(at + 1) >> 1
  const low = buffer.readUInt16BE(at + 3) >> 1
  return high * 2 ** 30 + middle * 2 ** 15 + low
}

/** Keeps the four leading bits, sets the three marker bits. */
function writeTimestamp(buffer: Buffer, at: number, ticks: number): void {
  buffer[at] = (buffer[at]! & 0xf0) | (Math.floor(ticks / 2 ** 30) << 1) | 1
  buffer.writeUInt16BE((Math.floor(ticks / 2 ** 15) % 2 ** 15) * 2 + 1, at + 1)
  buffer.writeUInt16BE((ticks % 2 ** 15) * 2 + 1, at + 3)
}

/** Table 2-21: stream_id values whose packets carry bytes only, no flags and no timestamps. */
function hasOptionalHeader(streamId: number): boolean {
  switch (streamId) {
    case 0xbc:
    case 0xbe:
    case 0xbf:
    case 0xf0:
    case 0xf1:
    case 0xf2:
    case 0xf8:
    case 0xff:
      return false
    default:
      return true
  }
}
