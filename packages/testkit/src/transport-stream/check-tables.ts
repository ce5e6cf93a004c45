import type { PacketView } from './packet-view.ts'
import { type ElementaryStream, sectionCrc } from './program-sections.ts'

/** Sections are at most 1024 bytes in PAT and PMT (ISO/IEC 13818-1, 2.4.4.3 and 2.4.4.8). */
const MAX_SECTION_BYTES = 1024

export type ProgramSeen = {
  readonly programNumber: number
  readonly pmtPid: number
  readonly pcrPid: number
  readonly streams: ElementaryStream[]
}

/**
 * Reads PAT and PMT, of the first program only, and keeps account of where they came and what was
 * wrong.
 */
export class TableCheck {
  crcErrors = 0
  firstPatPacket: number | undefined
  firstPmtPacket: number | undefined
  patVersions = new Set<number>()
  pmtVersions = new Set<number>()
  program: ProgramSeen | undefined
  /** How often the program's PIDs or stream types changed after they were known. */
  programChanges = 0
  #pmtPid: number | undefined
  #programNumber = 0
  #open = new Map<number, Buffer>()

  /** Says which table, if any, became whole and undamaged with this packet. */
  push(view: PacketView, packet: number): 'pat' | 'pmt' | undefined {
    if (!view.hasPayload || (view.pid !== 0 && view.pid !== this.#pmtPid)) return undefined
    const section = this.#collect(view)
    if (section === undefined) return undefined
    if (sectionCrc(section) !== 0) {
      this.crcErrors++
      return undefined
    }
    if (view.pid === 0 && section[0] === 0) return this.#readPat(section, packet)
    return section[0] === 2 ? this.#readPmt(section, packet) : undefined
  }

  #collect(view: PacketView): Buffer | undefined {
    const payload = view.bytes.subarray(view.payloadStart)
    const start = view.isUnitStart ? 1 + (payload[0] ?? 0) : 0
    const before = view.isUnitStart ? Buffer.alloc(0) : this.#open.get(view.pid)
    if (before === undefined) return undefined
    const bytes = Buffer.concat([before, payload.subarray(start)])
    const length = bytes.length < 3 ? MAX_SECTION_BYTES : 3 + (bytes.readUInt16BE(1) & 0xfff)
    const isWhole = bytes.length >= length
    if (isWhole || bytes.length > MAX_SECTION_BYTES) this.#open.delete(view.pid)
    else this.#open.set(view.pid, bytes)
    return isWhole ? bytes.subarray(0, length) : undefined
  }

  #readPat(section: Buffer, packet: number): 'pat' {
    this.firstPatPacket ??= packet
    this.patVersions.add((section[5]! >> 1) & 31)
    for (let at = 8; at + 4 <= section.length - 4; at += 4) {
      const programNumber = section.readUInt16BE(at)
      if (programNumber === 0) continue
      this.#programNumber = programNumber
      this.#pmtPid = section.readUInt16BE(at + 2) & 0x1fff
      break
    }
    return 'pat'
  }

  #readPmt(section: Buffer, packet: number): 'pmt' | undefined {
    if (section.length < 16 || section.readUInt16BE(3) !== this.#programNumber) return undefined
    this.firstPmtPacket ??= packet
    this.pmtVersions.add((section[5]! >> 1) & 31)
    const streams: ElementaryStream[] = []
    let at = 12 + (section.readUInt16BE(10) & 0xfff)
    for (; at + 5 <= section.length - 4; at += 5 + (section.readUInt16BE(at + 3) & 0xfff)) {
      streams.push({ streamType: section[at]!, pid: section.readUInt16BE(at + 1) & 0x1fff })
    }
    const pcrPid = section.readUInt16BE(8) & 0x1fff
    const program = { programNumber: this.#programNumber, pmtPid: this.#pmtPid!, pcrPid, streams }
    if (this.program !== undefined && JSON.stringify(this.program) !== JSON.stringify(program)) this.programChanges++
    this.program = program
    return 'pmt'
  }
}
