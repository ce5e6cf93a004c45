/** Slots of a Redis Cluster. */
const SLOTS = 16_384

/**
 * The slot of a Redis Cluster in which a key or a sharded channel lies (Redis Cluster
 * specification, "Key distribution model").
 */
export function keySlot(key: string): number {
  let crc = 0
  for (const byte of Buffer.from(hashTag(key))) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ byte]!
  return crc % SLOTS
}

/** The text between the first `{` and the next `}`, unless it is empty; otherwise the whole key. */
function hashTag(key: string): string {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  return close > open + 1 ? key.slice(open + 1, close) : key
}

/** CRC-16 XMODEM: polynomial 0x1021, start 0. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  return crc
})
