/** What a movie fragment (`moof`) says of its samples. */
import type { Buffer } from 'node:buffer'
import { eachBox, findBox } from './boxes.ts'

type FragmentTrack = {
  readonly id: number
  /** Of its first sample, in units of the track. */
  readonly decodeTime: number
  /** Of all its samples, in the same units; undefined: it does not say. */
  readonly duration: number | undefined
  /** A player can start with its first sample. */
  readonly isSync: boolean
}

const HAS_BASE_OFFSET = 0x1
const HAS_DESCRIPTION_INDEX = 0x2
const HAS_DEFAULT_DURATION = 0x8
const HAS_DEFAULT_SIZE = 0x10
const HAS_DEFAULT_FLAGS = 0x20
const HAS_DATA_OFFSET = 0x1
const HAS_FIRST_FLAGS = 0x4
const HAS_DURATIONS = 0x100
const HAS_SIZES = 0x200
const HAS_FLAGS = 0x400
const HAS_TIME_OFFSETS = 0x800
/** Of a sample that only others make complete. */
const IS_NOT_SYNC = 0x1_0000

/** @param moof its content */
export function readFragmentTracks(moof: Buffer): FragmentTrack[] {
  const tracks: FragmentTrack[] = []
  for (const { type, content } of eachBox(moof)) {
    const track = type === 'traf' ? readTrack(content) : undefined
    if (track !== undefined) tracks.push(track)
  }
  return tracks
}

function readTrack(traf: Buffer): FragmentTrack | undefined {
  const [tfhd, tfdt, trun] = [['tfhd'], ['tfdt'], ['trun']].map((path) => findBox(traf, path))
  if (tfhd === undefined || tfdt === undefined || trun === undefined) return undefined
  if (tfhd.length < 8 || tfdt.length < (tfdt[0] === 1 ? 12 : 8) || trun.length < 8) return undefined
  const decodeTime = tfdt[0] === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4)
  const flags = firstFlags(trun) ?? defaultFlags(tfhd) ?? 0
  const isSync = (flags & IS_NOT_SYNC) === 0
  return { id: tfhd.readUInt32BE(4), decodeTime, duration: sumDurations(trun, defaultDuration(tfhd)), isSync }
}

function sumDurations(trun: Buffer, ofEach: number | undefined): number | undefined {
  const has = flagsOf(trun)
  const count = trun.readUInt32BE(4)
  if (!(has & HAS_DURATIONS)) return ofEach && ofEach * count
  const [step, from] = [sampleBytes(has), samplesAt(has)]
  if (from + count * step > trun.length) return undefined
  let sum = 0
  for (let index = 0; index < count; index++) sum += trun.readUInt32BE(from + index * step)
  return sum
}

function defaultDuration(tfhd: Buffer): number | undefined {
  const has = flagsOf(tfhd)
  if (!(has & HAS_DEFAULT_DURATION)) return undefined
  return readAt(tfhd, 8 + (has & HAS_BASE_OFFSET ? 8 : 0) + (has & HAS_DESCRIPTION_INDEX ? 4 : 0))
}

/** Where the fields of the first sample begin. */
function samplesAt(has: number): number {
  return 8 + (has & HAS_DATA_OFFSET ? 4 : 0) + (has & HAS_FIRST_FLAGS ? 4 : 0)
}

function sampleBytes(has: number): number {
  return [HAS_DURATIONS, HAS_SIZES, HAS_FLAGS, HAS_TIME_OFFSETS].filter((flag) => has & flag).length * 4
}

/** Of the first sample (8.8.8). */
function firstFlags(trun: Buffer): number | undefined {
  const has = flagsOf(trun)
  if (has & HAS_FIRST_FLAGS) return readAt(trun, 8 + (has & HAS_DATA_OFFSET ? 4 : 0))
  if (!(has & HAS_FLAGS)) return undefined
  return readAt(trun, samplesAt(has) + (has & HAS_DURATIONS ? 4 : 0) + (has & HAS_SIZES ? 4 : 0))
}

/** Of all samples of the track in this fragment (8.8.7). */
function defaultFlags(tfhd: Buffer): number | undefined {
  const has = flagsOf(tfhd)
  if (!(has & HAS_DEFAULT_FLAGS)) return undefined
  const before = [HAS_DESCRIPTION_INDEX, HAS_DEFAULT_DURATION, HAS_DEFAULT_SIZE].filter((flag) => has & flag).length
  return readAt(tfhd, 8 + (has & HAS_BASE_OFFSET ? 8 : 0) + before * 4)
}

function flagsOf(box: Buffer): number {
  return box.readUInt32BE(0) & 0xff_ffff
}

function readAt(box: Buffer, at: number): number | undefined {
  return at + 4 <= box.length ? box.readUInt32BE(at) : undefined
}
