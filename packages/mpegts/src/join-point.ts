/** Can a decoder start at this access unit? The bytes of the video itself say so. */
import { Buffer } from 'node:buffer'
import {
  continuityOf,
  hasPayload,
  hasRandomAccess,
  hasTransportError,
  isScrambled,
  PACKET_BYTES,
  payloadOffset,
  pidOf,
  startsUnit,
} from './packet.ts'

/**
 * Parameter sets and SEI before the first slice fit in here; bigger ones are decided by the part
 * that fits.
 */
const MAX_INSPECTED_BYTES = 4096

/**
 * `key`: a decoder can start here · `partial`: not here · `parameters`: parameter sets, but no key
 * frame in sight.
 */
export type AccessUnitKind = 'key' | 'parameters' | 'partial'

/** The verdict of a start code; undefined for one that decides nothing. */
type Verdict = AccessUnitKind | undefined

/** Head of the unit under inspection; a unit is judged at once, so all can share it. */
const HEAD = Buffer.alloc(MAX_INSPECTED_BYTES)

/**
 * Judges the access unit whose first packet lies at `offset`, by the packets of its PID up to the
 * next unit. A unit is `key` if it holds an IDR/IRAP frame or an I frame together with its
 * parameter sets (H.264 7.3.2.8 and D.2.8 recovery point, HEVC 7.4.2.2, MPEG-2 6.3.9). Where a
 * codec cannot be read, and where the bytes do not decide, random_access_indicator does. An
 * indicator on a unit that plainly is not a key frame is not believed. A unit that lost a packet
 * before its verdict is `partial`.
 *
 * @param isAll no more packets will come
 * @returns undefined if the packets end before the unit says what it is
 */
export function judgeAccessUnit(
  codec: string,
  packets: Buffer,
  offset: number,
  isAll = false,
): AccessUnitKind | undefined {
  const inspect = INSPECTORS[codec]
  const isMarked = hasRandomAccess(packets, offset)
  if (inspect === undefined) return isMarked ? 'key' : 'partial'

  const pid = pidOf(packets, offset)
  let counter = continuityOf(packets, offset)
  const head: Inspection = {
    bytes: HEAD,
    length: 0,
    position: 0,
    hasParameters: false,
    hasRecoveryPoint: false,
    isMarked,
  }
  for (let at = offset; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
    if (pidOf(packets, at) !== pid || !hasPayload(packets, at)) continue
    if (at > offset) {
      if (startsUnit(packets, at)) return judgeHead(head)
      const previous = counter
      counter = continuityOf(packets, at)
      if (counter === previous) continue
      if (counter !== ((previous + 1) & 0x0f) || isScrambled(packets, at) || hasTransportError(packets, at))
        return 'partial'
    }
    head.length += packets.copy(HEAD, head.length, payloadOffset(packets, at), at + PACKET_BYTES)
    const verdict = findVerdict(head, inspect)
    if (verdict !== undefined) return verdict
    if (head.length === MAX_INSPECTED_BYTES) return judgeHead(head)
  }
  return isAll ? judgeHead(head) : undefined
}

type Inspection = {
  readonly bytes: Buffer
  length: number
  /** Everything before was checked. */
  position: number
  hasParameters: boolean
  hasRecoveryPoint: boolean
  /** random_access_indicator. */
  readonly isMarked: boolean
}

/** `wait`: too few bytes of it are there. */
type Inspector = (inspection: Inspection, at: number) => Verdict | 'wait'

const INSPECTORS: Record<string, Inspector | undefined> = {
  h264: inspectH264,
  hevc: inspectHevc,
  mpeg2video: inspectMpeg2,
  mpeg1video: inspectMpeg2,
}

/** Two Exp-Golomb codes of a slice header, however long. */
const SLICE_HEADER_BYTES = 12

function findVerdict(inspection: Inspection, inspect: Inspector): Verdict {
  const { bytes, length } = inspection
  while (inspection.position + 4 <= length) {
    const at = inspection.position
    if (bytes[at + 2]! > 1) {
      inspection.position += 3
    } else if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) {
      const verdict = inspect(inspection, at + 3)
      if (verdict === 'wait') return undefined
      if (verdict !== undefined) return verdict
      inspection.position += 3
    } else {
      inspection.position += 1
    }
  }
  return undefined
}

/** The verdict of the head of a unit when no more of it will come. */
function judgeHead({ isMarked, hasRecoveryPoint, hasParameters }: Inspection): AccessUnitKind {
  if (isMarked || hasRecoveryPoint) return 'key'
  return hasParameters ? 'parameters' : 'partial'
}

/** ITU-T H.264 table 7-1. */
function inspectH264(inspection: Inspection, at: number): Verdict | 'wait' {
  const { bytes, length } = inspection
  switch (bytes[at]! & 0x1f) {
    case 5:
      return inspection.hasParameters ? 'key' : 'partial'
    case 7:
      inspection.hasParameters = true
      return undefined
    case 6:
      if (at + 2 > length) return 'wait'
      if (bytes[at + 1] === 6) inspection.hasRecoveryPoint = true
      return undefined
    case 1:
    case 2:
      if (!inspection.hasParameters) return 'partial'
      if (at + SLICE_HEADER_BYTES > length) return 'wait'
      return inspection.hasRecoveryPoint || isIntraSlice(bytes, at + 1) ? 'key' : 'parameters'
    default:
      return undefined
  }
}

/**
 * slice_type 2 and 7 are I, 4 and 9 are SI (H.264 table 7-6); it follows first_mb_in_slice, both
 * ue(v).
 */
function isIntraSlice(bytes: Buffer, at: number): boolean {
  const firstMacroblock = readExpGolomb(bytes, at * 8)
  const sliceType = readExpGolomb(bytes, firstMacroblock.nextBit).value % 5
  return sliceType === 2 || sliceType === 4
}

function readExpGolomb(bytes: Buffer, bit: number): { readonly value: number; readonly nextBit: number } {
  const bitAt = (index: number) => (bytes[index >> 3]! >> (7 - (index & 7))) & 1
  let zeros = 0
  while (zeros < 24 && bitAt(bit + zeros) === 0) zeros++
  let value = 0
  for (let index = 0; index <= zeros; index++) value = value * 2 + bitAt(bit + zeros + index)
  return { value: value - 1, nextBit: bit + 2 * zeros + 1 }
}

/**
 * ITU-T H.265 table 7-1: 16 to 21 are random access frames, 0 to 9 are not, 33 is the sequence
 * parameter set.
 */
function inspectHevc(inspection: Inspection, at: number): Verdict {
  const type = (inspection.bytes[at]! >> 1) & 0x3f
  if (type === 33) inspection.hasParameters = true
  if (type >= 16 && type <= 21) return inspection.hasParameters ? 'key' : 'partial'
  if (type <= 9) return inspection.hasParameters ? 'parameters' : 'partial'
  return undefined
}

/** ISO/IEC 13818-2 table 6-1: sequence header, then frame headers with picture_coding_type. */
function inspectMpeg2(inspection: Inspection, at: number): Verdict | 'wait' {
  const { bytes, length } = inspection
  if (bytes[at] === 0xb3) inspection.hasParameters = true
  if (bytes[at] !== 0x00) return undefined
  if (at + 3 > length) return 'wait'
  const isIntra = ((bytes[at + 2]! >> 3) & 0x07) === 1
  if (!inspection.hasParameters) return 'partial'
  return isIntra ? 'key' : 'parameters'
}
