import { crc32 } from 'node:zlib'

/** What every media packet of the maker says about itself. */
export type PacketMark = {
  readonly sourceId: string
  readonly streamId: string
  /** Counts the media packets of one maker, from 0. */
  readonly sequence: number
  /**
   * When it was made, CLOCK_MONOTONIC of the maker's machine unless the maker got another clock.
   */
  readonly madeAtNs: bigint
}

/**
 * Text and not binary: it can hold no start code, and it can be read in a hex dump. It lies at the
 * same place of every media packet, so that it is found despite changes to PIDs, counters and time
 * stamps: `KPTV` + source id (10) + stream id (10) + sequence (16 hex digits) + ns (16) + CRC-32
 * (8), then 4 bytes of tail.
 */
export const MARK_OFFSET = 120
const MARK_BYTES = 64
export const MARKED_PACKET_TAIL_BYTES = 188 - MARK_OFFSET - MARK_BYTES

const ID_LENGTH = 10
const CRC_OFFSET = MARK_OFFSET + MARK_BYTES - 8
const ID_PATTERN = /^[A-Za-z0-9_-]{1,10}$/

/** @throws Error if the id cannot be carried: 1 to 10 of `A-Z a-z 0-9 _ -`. */
export function checkMarkId(id: string): string {
  if (!ID_PATTERN.test(id))
    throw new Error(`Packets cannot carry the id ${JSON.stringify(id)}: use 1-10 of A-Za-z0-9_-`)
  return id
}

/**
 * Writes the mark into a packet that is otherwise complete.
 *
 * @param elementaryStart where the elementary stream begins in this packet (after the headers,
 * which others may rewrite); the CRC covers all from there to the end of the packet.
 */
export function writeMark(packet: Buffer, mark: PacketMark, elementaryStart: number): void {
  const ids = mark.sourceId.padEnd(ID_LENGTH, '.') + mark.streamId.padEnd(ID_LENGTH, '.')
  const numbers = hex16(mark.sequence) + hex16(mark.madeAtNs)
  packet.write(`KPTV${ids}${numbers}`, MARK_OFFSET, 'latin1')
  packet.write(checksum(packet, elementaryStart), CRC_OFFSET, 'latin1')
}

/**
 * Reads the mark of a packet: undefined if there is none, `damaged` if its CRC or form is wrong.
 */
export function readMark(packet: Buffer, elementaryStart: number): PacketMark | 'damaged' | undefined {
  const text = packet.toString('latin1', MARK_OFFSET, MARK_OFFSET + MARK_BYTES)
  if (!text.startsWith('KPTV')) return undefined
  const sequence = Number.parseInt(text.slice(24, 40), 16)
  const isWhole = elementaryStart <= MARK_OFFSET && text.slice(56) === checksum(packet, elementaryStart)
  if (!isWhole || !Number.isSafeInteger(sequence)) return 'damaged'
  return {
    sourceId: text.slice(4, 14).replace(/\.+$/, ''),
    streamId: text.slice(14, 24).replace(/\.+$/, ''),
    sequence,
    madeAtNs: BigInt(`0x${text.slice(40, 56)}`),
  }
}

function checksum(packet: Buffer, elementaryStart: number): string {
  const upToCrc = crc32(packet.subarray(elementaryStart, CRC_OFFSET))
  return crc32(packet.subarray(CRC_OFFSET + 8), upToCrc)
    .toString(16)
    .padStart(8, '0')
}

function hex16(value: number | bigint): string {
  return value.toString(16).padStart(16, '0')
}
