import type { DeviceFacts } from '../describe-device.ts'
import { DISCOVER_REPLY, DISCOVER_REQUEST, decodePacket, encodePacket, TAG } from './packet.ts'

const TUNER = 1
const ANY = 0xffffffff

/** Whether a packet of UDP port 65001 searches for this device. */
export function isDiscoverRequest(bytes: Buffer, deviceId: string): boolean {
  const packet = decodePacket(bytes)
  if (packet?.type !== DISCOVER_REQUEST) return false
  const asksFor = (tag: number, own: number): boolean => {
    const value = packet.fields.get(tag)
    if (value === undefined) return true
    return value.length === 4 && [own, ANY].includes(value.readUInt32BE())
  }
  return asksFor(TAG.deviceType, TUNER) && asksFor(TAG.deviceId, Number.parseInt(deviceId, 16))
}

export function discoverReply({ id, tuners, base }: DeviceFacts): Buffer {
  return encodePacket({
    type: DISCOVER_REPLY,
    fields: new Map([
      [TAG.deviceType, numberField(TUNER)],
      [TAG.deviceId, numberField(Number.parseInt(id, 16))],
      [TAG.tunerCount, Buffer.of(tuners)],
      [TAG.baseUrl, Buffer.from(base)],
      [TAG.lineupUrl, Buffer.from(`${base}/lineup.json`)],
    ]),
  })
}

function numberField(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
