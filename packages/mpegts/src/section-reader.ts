/** Sections that lie in one or several packets of a PID (ISO/IEC 13818-1, 2.4.4). */
import { Buffer } from 'node:buffer'
import { crc32 } from './crc32.ts'
import { continuityOf, hasPayload, PACKET_BYTES, payloadOffset, startsUnit } from './packet.ts'

/**
 * section_length of PAT and PMT ends at 1021, so that a whole section has 1,024 bytes at most
 * (2.4.4.4, 2.4.4.9).
 */
const MAX_SECTION_BYTES = 1024
const HEADER_BYTES = 3
const STUFFING_TABLE_ID = 0xff

export type SectionReader = {
  /** The sections that the packet at `offset` completes, with correct CRC; each is a copy. */
  push(buffer: Buffer, offset: number): Buffer[]
}

/**
 * Reads the sections of one PID. Bad lengths, bad CRCs and lost packets cost a section, never more.
 */
export function createSectionReader(): SectionReader {
  let collected: Buffer = Buffer.alloc(0)
  let isCollecting = false
  let continuity = -1

  function push(buffer: Buffer, offset: number): Buffer[] {
    if (!hasPayload(buffer, offset)) return []
    const previous = continuity
    continuity = continuityOf(buffer, offset)
    if (continuity === previous) return []
    if (continuity !== ((previous + 1) & 0x0f)) isCollecting = false

    const end = offset + PACKET_BYTES
    let start = payloadOffset(buffer, offset)
    if (!startsUnit(buffer, offset)) return isCollecting ? collect(buffer.subarray(start, end)) : []
    if (start >= end) return []
    const pointer = start + 1 + buffer[start]!
    start += 1
    const finished = isCollecting ? collect(buffer.subarray(start, Math.min(pointer, end))) : []
    collected = Buffer.alloc(0)
    isCollecting = pointer < end
    return isCollecting ? finished.concat(collect(buffer.subarray(pointer, end))) : finished
  }

  /** Takes whole sections off the front of the collected bytes; keeps the rest. */
  function collect(bytes: Buffer): Buffer[] {
    const sections: Buffer[] = []
    collected = Buffer.concat([collected, bytes])
    while (collected.length >= HEADER_BYTES) {
      const sectionBytes = HEADER_BYTES + (collected.readUInt16BE(1) & 0x0fff)
      if (collected[0] === STUFFING_TABLE_ID || sectionBytes > MAX_SECTION_BYTES) {
        isCollecting = false
        collected = Buffer.alloc(0)
        return sections
      }
      if (collected.length < sectionBytes) break
      const section = collected.subarray(0, sectionBytes)
      if (crc32(section) === 0) sections.push(Buffer.from(section))
      collected = collected.subarray(sectionBytes)
    }
    return sections
  }

  return { push }
}
