import { crc32 } from 'node:zlib'

/** A packet of the discovery protocol: a type, then fields of tag, length and value. */
type Packet = { readonly type: number; readonly fields: ReadonlyMap<number, Buffer> }

export const DISCOVER_REQUEST = 0x0002
export const DISCOVER_REPLY = 0x0003

export const TAG = {
  deviceType: 0x01,
  deviceId: 0x02,
  tunerCount: 0x10,
  lineupUrl: 0x27,
  baseUrl: 0x2a,
} as const

const HEADER_BYTES = 4
const CHECK_BYTES = 4

export function encodePacket({ type, fields }: Packet): Buffer {
  const payload = Buffer.concat([...fields].flatMap(([tag, value]) => [Buffer.of(tag), lengthOf(value), value]))
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(payload.length, 2)
  const check = Buffer.alloc(CHECK_BYTES)
  check.writeUInt32LE(crc32(payload, crc32(header)))
  return Buffer.concat([header, payload, check])
}

/** Lengths from 128 take a second byte. */
function lengthOf({ length }: Buffer): Buffer {
  return length < 0x80 ? Buffer.of(length) : Buffer.of((length & 0x7f) | 0x80, length >> 7)
}

/** `undefined` for anything that is not a whole packet. */
export function decodePacket(bytes: Buffer): Packet | undefined {
  const end = bytes.length - CHECK_BYTES
  if (end < HEADER_BYTES || bytes.readUInt16BE(2) !== end - HEADER_BYTES) return undefined
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) return undefined
  const fields = new Map<number, Buffer>()
  let at = HEADER_BYTES
  while (at < end) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0
    const start = at + (first < 0x80 ? 2 : 3)
    const length = first < 0x80 ? first : (first & 0x7f) | ((bytes[at + 2] ?? 0) << 7)
    if (start + length > end) return undefined
    fields.set(tag, bytes.subarray(start, start + length))
    at = start + length
  }
  return { type: bytes.readUInt16BE(0), fields }
}
