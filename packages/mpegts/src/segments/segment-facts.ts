/** What a playlist says of a stream, read from the stream itself. */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, payloadOffset, pidOf, startsUnit } from '../packet.ts'
import { createProgramReader } from '../program-reader.ts'
import { firstOfKind, mainStream } from '../program-tables.ts'
import { readPesHeader, TICKS_PER_SECOND } from '../timestamps.ts'
import type { Fragment } from './fragment.ts'
import { readH264Format, readHevcFormat, readMpeg2Format, type VideoFormat } from './video-format.ts'

export type SegmentFacts = {
  /** As in RFC 6381, the video first; undefined where one of the tracks has no name there. */
  readonly codecs: string | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  readonly framesPerSecond: number | undefined
}

/** Parameter sets lie before the first slice. */
const MAX_HEAD_BYTES = 4_096

const AUDIO_NAMES: Readonly<Record<string, string>> = {
  'aac-latm': 'mp4a.40.2',
  ac3: 'ac-3',
  eac3: 'ec-3',
  mp2: 'mp4a.40.34',
}

/** @param first fragment of a segment, a join point */
export function readSegmentFacts(
  first: Fragment,
  segment: { readonly units: number; readonly durationTicks: number },
): SegmentFacts {
  const facts = readFacts(first)
  const { program } = first
  const video = firstOfKind(program, 'video')
  const isMeasured = video !== undefined && mainStream(program) === video
  const measured = isMeasured ? (segment.units * TICKS_PER_SECOND) / segment.durationTicks : undefined
  return { ...facts, framesPerSecond: facts.framesPerSecond ?? measured }
}

/**
 * The same of media from a join point on, as far as the media says it.
 *
 * @returns undefined without the tables of a program
 */
export function readMediaFacts(packets: Buffer): SegmentFacts | undefined {
  const reader = createProgramReader()
  for (let at = 0; at + PACKET_BYTES <= packets.length && reader.program === undefined; at += PACKET_BYTES)
    reader.push(packets, at)
  return reader.program && readFacts({ program: reader.program, packets })
}

function readFacts({ program, packets }: Pick<Fragment, 'program' | 'packets'>): SegmentFacts {
  const video = firstOfKind(program, 'video')
  const audio = firstOfKind(program, 'audio')
  const format = video && readFormat(video.codec, headOf(packets, video.pid))
  const names = [
    ...(video ? [format?.codec] : []),
    ...(audio ? [nameAudio(audio.codec, headOf(packets, audio.pid))] : []),
  ]
  return {
    codecs: names.includes(undefined) ? undefined : names.join(','),
    width: format?.width,
    height: format?.height,
    framesPerSecond: format?.framesPerSecond,
  }
}

/** The bytes of the first unit of a PID, as far as they are needed. */
function headOf(packets: Buffer, pid: number): Buffer {
  const parts: Buffer[] = []
  let length = 0
  for (let at = 0; at + PACKET_BYTES <= packets.length && length < MAX_HEAD_BYTES; at += PACKET_BYTES) {
    if (pidOf(packets, at) !== pid) continue
    const isStart = startsUnit(packets, at)
    if (length === 0 && !isStart) continue
    if (length > 0 && isStart) break
    const start = payloadOffset(packets, at)
    const end = at + PACKET_BYTES
    const from = isStart ? Math.min(readPesHeader(packets, start, end)?.payloadAt ?? end, end) : start
    parts.push(packets.subarray(from, end))
    length += end - from
  }
  return Buffer.concat(parts)
}

type FormatReader = {
  readonly isParameters: (byte: number) => boolean
  readonly read: (unit: Buffer) => VideoFormat | undefined
}

const READERS: Readonly<Record<string, FormatReader>> = {
  h264: { isParameters: (byte) => (byte & 0x1f) === 7, read: readH264Format },
  hevc: { isParameters: (byte) => ((byte >> 1) & 0x3f) === 33, read: readHevcFormat },
  mpeg2video: { isParameters: (byte) => byte === 0xb3, read: readMpeg2Format },
  mpeg1video: { isParameters: (byte) => byte === 0xb3, read: readMpeg2Format },
}

const START_CODE = Buffer.from([0, 0, 1])

function readFormat(codec: string, head: Buffer): VideoFormat | undefined {
  const reader = READERS[codec]
  if (reader === undefined) return undefined
  for (let at = head.indexOf(START_CODE); at !== -1; at = head.indexOf(START_CODE, at + 3)) {
    if (at + 3 >= head.length || !reader.isParameters(head[at + 3]!)) continue
    const next = head.indexOf(START_CODE, at + 4)
    return reader.read(head.subarray(at + 3, next === -1 ? head.length : next))
  }
  return undefined
}

/** ADTS (ISO/IEC 14496-3, 1.A.2.2) names the object type. */
function nameAudio(codec: string, head: Buffer): string | undefined {
  if (codec !== 'aac') return AUDIO_NAMES[codec]
  const isAdts = head.length > 2 && head[0] === 0xff && (head[1]! & 0xf6) === 0xf0
  return `mp4a.40.${isAdts ? (head[2]! >> 6) + 1 : 2}`
}
