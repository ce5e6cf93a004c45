/** PAT and PMT: which PIDs carry what (ISO/IEC 13818-1, 2.4.4.3 and 2.4.4.8). */
import { Buffer } from 'node:buffer'
import { carriesSections, eachDescriptor, nameCodec, type StreamKind } from './codecs.ts'
import { crc32 } from './crc32.ts'
import { NULL_PID, PACKET_BYTES, SYNC_BYTE, setContinuity, setPid } from './packet.ts'

export type ElementaryStream = {
  readonly pid: number
  readonly streamType: number
  readonly kind: StreamKind
  readonly codec: string
  /** The descriptor loop as it was sent. */
  readonly descriptors: Buffer
}

export type Program = {
  readonly programNumber: number
  readonly pmtPid: number
  readonly pcrPid: number
  readonly streams: ElementaryStream[]
}

export type ProgramAssociation = { readonly programNumber: number; readonly pmtPid: number }

/** The part of a PAT that one section holds. */
type AssociationSection = {
  readonly version: number
  readonly sectionNumber: number
  readonly lastSectionNumber: number
  readonly programs: ProgramAssociation[]
}

/** Of each output. */
export const TRANSPORT_STREAM_ID = 1

const PAT_TABLE_ID = 0x00
const PMT_TABLE_ID = 0x02
const CRC_BYTES = 4
const CONDITIONAL_ACCESS_TAG = 0x09
const FIRST_FREE_PID = 0x0010

/**
 * The video of a program, or its first audio (radio): the stream that sets time and join points.
 */
export function mainStream(program: Program): ElementaryStream | undefined {
  return firstOfKind(program, 'video') ?? firstOfKind(program, 'audio')
}

/**
 * Codecs of the video and of the first audio, such as `h264+aac`: a change of them forces a player
 * to reopen.
 */
export function codecSignature(program: Program): string {
  const named = [firstOfKind(program, 'video'), firstOfKind(program, 'audio')].filter((stream) => stream !== undefined)
  return named.map((stream) => stream.codec).join('+')
}

export function firstOfKind(program: Program, kind: StreamKind): ElementaryStream | undefined {
  return program.streams.find((stream) => stream.kind === kind)
}

/**
 * Undefined unless `section` is a current PAT. Expects a whole section with correct CRC, as a
 * section reader gives it.
 */
export function parsePat(section: Buffer): AssociationSection | undefined {
  if (!isCurrentSection(section, PAT_TABLE_ID) || section.length < 8 + CRC_BYTES) return undefined
  const programs: ProgramAssociation[] = []
  for (let offset = 8; offset + 4 <= section.length - CRC_BYTES; offset += 4) {
    const programNumber = section.readUInt16BE(offset)
    const pmtPid = section.readUInt16BE(offset + 2) & 0x1fff
    const isNetworkInformation = programNumber === 0
    if (!isNetworkInformation && isFreePid(pmtPid)) programs.push({ programNumber, pmtPid })
  }
  return {
    version: (section[5]! >> 1) & 0x1f,
    sectionNumber: section[6]!,
    lastSectionNumber: section[7]!,
    programs,
  }
}

/**
 * Undefined unless `section` is a current PMT. Streams of sections are left out. Expects the same
 * as `parsePat`.
 */
export function parsePmt(section: Buffer, pmtPid: number): Program | undefined {
  if (!isCurrentSection(section, PMT_TABLE_ID) || section.length < 12 + CRC_BYTES) return undefined
  const end = section.length - CRC_BYTES
  const streams: ElementaryStream[] = []
  let offset = 12 + (section.readUInt16BE(10) & 0x0fff)
  while (offset + 5 <= end) {
    const streamType = section[offset]!
    const pid = section.readUInt16BE(offset + 1) & 0x1fff
    const descriptorsEnd = offset + 5 + (section.readUInt16BE(offset + 3) & 0x0fff)
    if (descriptorsEnd > end) break
    const descriptors = section.subarray(offset + 5, descriptorsEnd)
    const isUsable = isFreePid(pid) && pid !== pmtPid && !streams.some((stream) => stream.pid === pid)
    if (isUsable && !carriesSections(streamType)) {
      streams.push({ pid, streamType, ...nameCodec(streamType, descriptors), descriptors })
    }
    offset = descriptorsEnd
  }
  return { programNumber: section.readUInt16BE(3), pmtPid, pcrPid: section.readUInt16BE(8) & 0x1fff, streams }
}

/** A PAT section with one program. */
export function buildPat(program: ProgramAssociation): Buffer {
  const body = Buffer.alloc(4)
  body.writeUInt16BE(program.programNumber, 0)
  body.writeUInt16BE(0xe000 | program.pmtPid, 2)
  return buildSection({ tableId: PAT_TABLE_ID, extension: TRANSPORT_STREAM_ID, version: 0, body })
}

/**
 * A PMT section. Conditional access descriptors are left out; so are the last streams if a section
 * cannot hold all.
 */
export function buildPmt(program: Program, version: number): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(0xe000 | program.pcrPid, 0)
  head.writeUInt16BE(0xf000, 2)
  const parts: Buffer[] = [head]
  let room = 1024 - 8 - CRC_BYTES - head.length
  for (const stream of program.streams) {
    const entry = buildStreamEntry(stream)
    if (entry.length > room) break
    room -= entry.length
    parts.push(entry)
  }
  return buildSection({
    tableId: PMT_TABLE_ID,
    extension: program.programNumber,
    version,
    body: Buffer.concat(parts),
  })
}

/** Packets of `pid` that hold one section, stuffed; counters from `continuity` on. */
export function packSection(section: Buffer, pid: number, continuity: number): Buffer {
  const payload = Buffer.concat([Buffer.alloc(1), section])
  const count = Math.ceil(payload.length / (PACKET_BYTES - 4))
  const packets = Buffer.alloc(count * PACKET_BYTES, 0xff)
  for (let index = 0; index < count; index++) {
    const offset = index * PACKET_BYTES
    packets[offset] = SYNC_BYTE
    packets[offset + 1] = index === 0 ? 0x40 : 0
    setPid(packets, offset, pid)
    packets[offset + 3] = 0x10
    setContinuity(packets, offset, continuity + index)
    payload.copy(packets, offset + 4, index * (PACKET_BYTES - 4), (index + 1) * (PACKET_BYTES - 4))
  }
  return packets
}

function buildStreamEntry(stream: ElementaryStream): Buffer {
  const kept = [...eachDescriptor(stream.descriptors)].filter((descriptor) => descriptor[0] !== CONDITIONAL_ACCESS_TAG)
  const descriptors = Buffer.concat(kept)
  const head = Buffer.alloc(5)
  head[0] = stream.streamType
  head.writeUInt16BE(0xe000 | stream.pid, 1)
  head.writeUInt16BE(0xf000 | descriptors.length, 3)
  return Buffer.concat([head, descriptors])
}

type Section = {
  readonly tableId: number
  readonly extension: number
  readonly version: number
  readonly body: Buffer
  /** Of ETSI EN 300 468, which reserves a bit that is 0 in the tables of ISO/IEC 13818-1. */
  readonly isDvb?: boolean
}

export function buildSection(table: Section): Buffer {
  const section = Buffer.alloc(8 + table.body.length + CRC_BYTES)
  section[0] = table.tableId
  section.writeUInt16BE((table.isDvb ? 0xf000 : 0xb000) | (section.length - 3), 1)
  section.writeUInt16BE(table.extension, 3)
  section[5] = 0xc1 | ((table.version & 0x1f) << 1)
  table.body.copy(section, 8)
  section.writeUInt32BE(crc32(section.subarray(0, -CRC_BYTES)), section.length - CRC_BYTES)
  return section
}

/** section_syntax_indicator and current_next_indicator set. */
function isCurrentSection(section: Buffer, tableId: number): boolean {
  return section.length >= 8 && section[0] === tableId && (section[1]! & 0x80) !== 0 && (section[5]! & 0x01) !== 0
}

/** Table 2-3: the PIDs below 0x10 and the null PID belong to the system. */
function isFreePid(pid: number): boolean {
  return pid >= FIRST_FREE_PID && pid !== NULL_PID
}
