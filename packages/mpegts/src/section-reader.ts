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
  push(buffer: Buffer, offset: number): readonly Buffer[]
}

const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Reads the sections of one PID. Bad lengths, bad CRCs and lost packets cost a section, never more.
 */
export function createSectionReader(): SectionReader {
  let collected = NOTHING
  let isCollecting = false
  let continuity = -1
  /** Tables repeat all the time: the last payload that was nothing but whole sections. */
  let known: { readonly payload: Buffer; readonly sections: readonly Buffer[] } | undefined

  function push(buffer: Buffer, offset: number): readonly Buffer[] {
    if (!hasPayload(buffer, offset)) return []
    const previous = continuity
    continuity = continuityOf(buffer, offset)
    if (continuity === previous) return []
    if (continuity !== ((previous + 1) & 0x0f)) isCollecting = false

    const end = offset + PACKET_BYTES
    const start = payloadOffset(buffer, offset)
    if (!startsUnit(buffer, offset)) return isCollecting ? collect(buffer.subarray(start, end)) : []
    if (start >= end) return []
    const isAlone = !isCollecting
    if (isAlone && known?.payload.compare(buffer, start, end) === 0) return known.sections
    const pointer = start + 1 + buffer[start]!
    const finished = isCollecting ? collect(buffer.subarray(start + 1, Math.min(pointer, end))) : []
    collected = NOTHING
    isCollecting = pointer < end
    if (!isCollecting) return finished
    const begun = collect(buffer.subarray(pointer, end))
    // Still collecting, it may go on in the next packet.
    if (isAlone && !isCollecting) known = { payload: Buffer.from(buffer.subarray(start, end)), sections: begun }
    return finished.concat(begun)
  }

  /** Takes whole sections off the front of the collected bytes; keeps the rest. */
  function collect(bytes: Buffer): Buffer[] {
    const sections: Buffer[] = []
    collected = Buffer.concat([collected, bytes])
    while (collected.length >= HEADER_BYTES) {
      const sectionBytes = HEADER_BYTES + (collected.readUInt16BE(1) & 0x0fff)
      if (collected[0] === STUFFING_TABLE_ID || sectionBytes > MAX_SECTION_BYTES) {
        isCollecting = false
        collected = NOTHING
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
