/** What a video says of itself in its parameter sets. */
import type { Buffer } from 'node:buffer'
import { BitReader } from './bit-reader.ts'

export type VideoFormat = {
  /** As in RFC 6381; undefined where it has no name there. */
  readonly codec: string | undefined
  readonly width: number
  readonly height: number
  /** Undefined where the video does not say. */
  readonly framesPerSecond: number | undefined
}

/** Profiles with their own chroma format (H.264, 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
const EXTENDED_ASPECT_RATIO = 255

/**
 * A sequence parameter set of H.264 (ITU-T H.264, 7.3.2.1.1).
 *
 * @param unit from its header on
 * @returns undefined if it is not a valid one
 */
export function readH264Format(unit: Buffer): VideoFormat | undefined {
  const bits = new BitReader(unit)
  bits.skip(8)
  const [profile, constraints, level] = [bits.read(8), bits.read(8), bits.read(8)]
  bits.unsigned()
  const chroma = HIGH_PROFILES.has(profile) ? readHighProfile(bits) : { format: 1, isSeparate: false }
  bits.unsigned()
  skipOrderCount(bits)
  bits.unsigned()
  bits.skip(1)
  const widthInUnits = bits.unsigned() + 1
  const heightInUnits = bits.unsigned() + 1
  const isFrameOnly = bits.flag()
  if (!isFrameOnly) bits.skip(1)
  bits.skip(1)
  const fields = isFrameOnly ? 1 : 2
  const hasCrop = bits.flag()
  const [left, right, top, bottom] = hasCrop
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0]
  const unitsOf = chroma.isSeparate || chroma.format === 0 ? [1, fields] : cropUnits(chroma.format, fields)
  const hasVui = bits.flag()
  const framesPerSecond = hasVui ? readH264Rate(bits) : undefined
  const format = {
    codec: `avc1.${hex(profile)}${hex(constraints)}${hex(level)}`,
    width: widthInUnits * 16 - (left + right) * unitsOf[0]!,
    height: heightInUnits * 16 * fields - (top + bottom) * unitsOf[1]!,
    framesPerSecond,
  }
  return checked(format, bits)
}

function readHighProfile(bits: BitReader): { readonly format: number; readonly isSeparate: boolean } {
  const format = bits.unsigned()
  const isSeparate = format === 3 && bits.flag()
  bits.unsigned()
  bits.unsigned()
  bits.skip(1)
  const lists = !bits.flag() ? 0 : format === 3 ? 12 : 8
  for (let list = 0; list < lists; list++) {
    const isPresent = bits.flag()
    if (isPresent) skipScaling(bits, list < 6 ? 16 : 64)
  }
  return { format, isSeparate }
}

function skipScaling(bits: BitReader, size: number): void {
  let scale = 8
  for (let index = 0; index < size && scale !== 0; index++) scale = (scale + bits.signed() + 256) % 256
}

function skipOrderCount(bits: BitReader): void {
  const type = bits.unsigned()
  if (type === 0) bits.unsigned()
  if (type !== 1) return
  bits.skip(1)
  bits.signed()
  bits.signed()
  const count = Math.min(bits.unsigned(), 255)
  for (let index = 0; index < count; index++) bits.signed()
}

function cropUnits(chromaFormat: number, fields: number): [number, number] {
  return [chromaFormat === 3 ? 1 : 2, chromaFormat === 1 ? 2 * fields : fields]
}

/** E.1.1: everything before the timing, then the timing. */
function readH264Rate(bits: BitReader): number | undefined {
  if (bits.flag() && bits.read(8) === EXTENDED_ASPECT_RATIO) bits.skip(32)
  if (bits.flag()) bits.skip(1)
  if (bits.flag()) {
    bits.skip(4)
    if (bits.flag()) bits.skip(24)
  }
  if (bits.flag()) {
    bits.unsigned()
    bits.unsigned()
  }
  if (!bits.flag()) return undefined
  const [ticks, scale] = [bits.read(32), bits.read(32)]
  return ticks === 0 ? undefined : scale / (2 * ticks)
}

/**
 * A sequence parameter set of HEVC (ITU-T H.265, 7.3.2.2). Its frame rate is not read: it comes
 * after lists of any length.
 *
 * @param unit from its header on
 * @returns undefined if it is not a valid one
 */
export function readHevcFormat(unit: Buffer): VideoFormat | undefined {
  const bits = new BitReader(unit)
  bits.skip(16 + 4)
  const layers = bits.read(3)
  bits.skip(1)
  const codec = readHevcProfile(bits)
  const hasProfile: boolean[] = []
  const hasLevel: boolean[] = []
  for (let layer = 0; layer < layers; layer++) {
    hasProfile.push(bits.flag())
    hasLevel.push(bits.flag())
  }
  if (layers > 0) bits.skip(2 * (8 - layers))
  for (let layer = 0; layer < layers; layer++) bits.skip((hasProfile[layer] ? 88 : 0) + (hasLevel[layer] ? 8 : 0))
  bits.unsigned()
  const chromaFormat = bits.unsigned()
  if (chromaFormat === 3) bits.skip(1)
  const [width, height] = [bits.unsigned(), bits.unsigned()]
  const hasCrop = bits.flag()
  const [left, right, top, bottom] = hasCrop
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0]
  const [across, down] = chromaFormat === 0 ? [1, 1] : cropUnits(chromaFormat, 1)
  const format = {
    codec,
    width: width - (left + right) * across,
    height: height - (top + bottom) * down,
    framesPerSecond: undefined,
  }
  return checked(format, bits)
}

/** ISO/IEC 14496-15, annex E.3: `hvc1.<profile>.<compatibility>.<tier and level>.<constraints>`. */
function readHevcProfile(bits: BitReader): string {
  const space = bits.read(2)
  const isHighTier = bits.flag()
  const profile = bits.read(5)
  const compatibility = reversed(bits.read(32))
  const constraints = [8, 8, 8, 8, 8, 8].map((width) => bits.read(width))
  const level = bits.read(8)
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop()
  const named = [
    `${['', 'A', 'B', 'C'][space]}${profile}`,
    compatibility.toString(16).toUpperCase(),
    `${isHighTier ? 'H' : 'L'}${level}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ]
  return `hvc1.${named.join('.')}`
}

function reversed(bits32: number): number {
  let value = 0
  for (let index = 0; index < 32; index++) value = value * 2 + (Math.floor(bits32 / 2 ** index) % 2)
  return value
}

const MPEG2_RATES = [undefined, 24_000 / 1_001, 24, 25, 30_000 / 1_001, 30, 50, 60_000 / 1_001, 60]

/**
 * A sequence header of MPEG-1 or MPEG-2 video (ISO/IEC 13818-2, 6.2.2.1).
 *
 * @param unit from its start code value on
 */
export function readMpeg2Format(unit: Buffer): VideoFormat | undefined {
  const bits = new BitReader(unit)
  bits.skip(8)
  const [width, height] = [bits.read(12), bits.read(12)]
  bits.skip(4)
  return checked({ codec: undefined, width, height, framesPerSecond: MPEG2_RATES[bits.read(4)] }, bits)
}

const MAX_SIDE = 16_384
const MAX_RATE = 300

function checked({ framesPerSecond: rate, ...format }: VideoFormat, bits: BitReader): VideoFormat | undefined {
  const { width, height } = format
  if (bits.isOver || !(width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE)) return undefined
  return { ...format, framesPerSecond: rate !== undefined && rate >= 1 && rate <= MAX_RATE ? rate : undefined }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
