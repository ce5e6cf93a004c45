/** Makes small transport streams for the tests of this package, and reads the output back. */
import { Buffer } from 'node:buffer'
import {
  continuityOf,
  hasClockReference,
  hasPayload,
  PACKET_BYTES,
  payloadOffset,
  pidOf,
  readClockReference,
  SYNC_BYTE,
  setContinuity,
  setPid,
  startsUnit,
  writeClockReference,
} from '../src/packet.ts'
import { buildPat, buildPmt, type ElementaryStream, type Program, packSection } from '../src/program-tables.ts'
import { writeClockPacket } from '../src/remake-packet.ts'
import { readPesHeader, ticksBetween, wrapTicks, writePesTimes } from '../src/timestamps.ts'

export const FRAME_TICKS = 3600
const CLOCK_LEAD_TICKS = 45_000

type UnitOptions = {
  readonly pid: number
  readonly pts?: number | undefined
  readonly dts?: number | undefined
  readonly clock?: number | undefined
  readonly payload: Buffer
  /** Announce the length in the PES header. */
  readonly isBounded?: boolean
  readonly hasRandomAccess?: boolean
  readonly hasDiscontinuity?: boolean
}

/** Keeps the continuity counters of one input. */
export function createPacketMaker() {
  const counters = new Map<number, number>()
  const next = (pid: number) => {
    const counter = ((counters.get(pid) ?? 15) + 1) & 0x0f
    counters.set(pid, counter)
    return counter
  }

  function unit(options: UnitOptions): Buffer {
    const pes = Buffer.concat([pesHeader(options), options.payload])
    const packets: Buffer[] = []
    for (let from = 0; from < pes.length; ) {
      const packet = Buffer.alloc(PACKET_BYTES, 0xff)
      const isFirst = from === 0
      const field = isFirst ? adaptationField(options) : Buffer.alloc(0)
      const room = PACKET_BYTES - 4 - (field.length === 0 ? 0 : 1 + field.length)
      const take = Math.min(room, pes.length - from)
      const stuffing = room - take
      const fieldBytes = field.length > 0 ? field.length + stuffing : Math.max(0, stuffing - 1)
      const hasField = field.length > 0 || stuffing > 0
      packet[0] = SYNC_BYTE
      packet[1] = isFirst ? 0x40 : 0
      setPid(packet, 0, options.pid)
      packet[3] = hasField ? 0x30 : 0x10
      setContinuity(packet, 0, next(options.pid))
      if (hasField) packet[4] = fieldBytes
      if (fieldBytes > 0) packet[5] = 0
      field.copy(packet, 5)
      if (isFirst && options.clock !== undefined) writeClockReference(packet, 0, options.clock)
      pes.copy(packet, PACKET_BYTES - take, from, from + take)
      packets.push(packet)
      from += take
    }
    return Buffer.concat(packets)
  }

  function tables(program: Program, version = 0): Buffer {
    const pmt = packSection(buildPmt(program, version), program.pmtPid, next(program.pmtPid))
    counters.set(program.pmtPid, continuityOf(pmt, pmt.length - PACKET_BYTES))
    return Buffer.concat([packSection(buildPat(program), 0, next(0)), pmt])
  }

  return { unit, tables }
}

function adaptationField(options: UnitOptions): Buffer {
  const { clock, hasRandomAccess = false, hasDiscontinuity = false } = options
  if (clock === undefined && !hasRandomAccess && !hasDiscontinuity) return Buffer.alloc(0)
  const field = Buffer.alloc(clock === undefined ? 1 : 7)
  field[0] = (hasDiscontinuity ? 0x80 : 0) | (hasRandomAccess ? 0x40 : 0) | (clock === undefined ? 0 : 0x10)
  if (clock !== undefined) field[5] = 0x7e
  return field
}

function pesHeader({ pts, dts, payload, isBounded = false, pid }: UnitOptions): Buffer {
  const timeBytes = (pts === undefined ? 0 : 5) + (dts === undefined ? 0 : 5)
  const header = Buffer.from([
    0,
    0,
    1,
    pid % 2 === 0 ? 0xe0 : 0xc0,
    0,
    0,
    0x80,
    0,
    timeBytes,
    ...Array(timeBytes).fill(0),
  ])
  if (isBounded) header.writeUInt16BE(3 + timeBytes + payload.length, 4)
  header[7] = (pts === undefined ? 0 : 0x80) | (dts === undefined ? 0 : 0x40)
  if (pts !== undefined) header[9] = dts === undefined ? 0x20 : 0x30
  if (dts !== undefined) header[14] = 0x10
  writePesTimes(header, 0, { pts, dts })
  return header
}

export function stream(pid: number, kind: ElementaryStream['kind'], codec: string): ElementaryStream {
  const types: Record<string, number> = { h264: 0x1b, hevc: 0x24, mpeg2video: 0x02, aac: 0x0f, ac3: 0x81, mp2: 0x04 }
  return { pid, kind, codec, streamType: types[codec] ?? 0x06, descriptors: Buffer.alloc(0) }
}

/** One access unit of H.264 that carries its number; about `bytes` long. */
export function accessUnit(number: number, isKey: boolean, bytes = 400): Buffer {
  const delimiter = [0, 0, 0, 1, 0x09, 0xf0]
  const parameters = [0, 0, 0, 1, 0x67, 0x64, 0x00, 0x1f, 0xac, 0, 0, 0, 1, 0x68, 0xeb, 0xe3, 0xcb]
  const slice = isKey ? [0, 0, 1, 0x65, 0x88, 0x84] : [0, 0, 1, 0x41, 0x9a, 0x24]
  const head = Buffer.from([...delimiter, ...(isKey ? parameters : []), ...slice])
  const body = Buffer.alloc(Math.max(bytes, 24), 0xaa)
  body.write(`#${number};`, 16, 'latin1')
  return Buffer.concat([head, body])
}

export type SourceOptions = {
  readonly startTicks?: number
  readonly videoPid?: number
  readonly audioPid?: number
  readonly pmtPid?: number
  readonly gopFrames?: number
  readonly hasRandomAccess?: boolean
  readonly firstNumber?: number
  readonly hasClock?: boolean
  /** PCR of the first frame, if it does not belong to the timestamps. */
  readonly clockTicks?: number
  /** Default: that of the video, in its packets; otherwise in separate packets. */
  readonly clockPid?: number
  /** How long before its frame the audio is played. Default 0. */
  readonly audioLeadTicks?: number
}

/** A source of 25 frames a second with one packet of audio each; every call continues it. */
export function createSource(options: SourceOptions = {}) {
  const { videoPid = 0x200, audioPid = 0x201, pmtPid = 0x300, gopFrames = 5, firstNumber = 0 } = options
  const { clockPid = videoPid } = options
  const program: Program = {
    programNumber: 7,
    pmtPid,
    pcrPid: clockPid,
    streams: [stream(videoPid, 'video', 'h264'), stream(audioPid, 'audio', 'aac')],
  }
  const maker = createPacketMaker()
  let index = 0

  function frame(): Buffer {
    const dts = wrapTicks((options.startTicks ?? 900_000) + index * FRAME_TICKS)
    const isKey = index % gopFrames === 0
    const clock = wrapTicks((options.clockTicks ?? dts - index * FRAME_TICKS - CLOCK_LEAD_TICKS) + index * FRAME_TICKS)
    const video = maker.unit({
      pid: videoPid,
      pts: wrapTicks(dts + FRAME_TICKS),
      dts,
      clock: options.hasClock === false || clockPid !== videoPid ? undefined : clock,
      hasRandomAccess: isKey && options.hasRandomAccess === true,
      payload: accessUnit(firstNumber + index, isKey, isKey ? 900 : 300),
    })
    const audio = maker.unit({
      pid: audioPid,
      pts: wrapTicks(dts - (options.audioLeadTicks ?? 0)),
      payload: Buffer.alloc(150, 0x55),
      isBounded: true,
    })
    const apart = Buffer.alloc(clockPid === videoPid ? 0 : PACKET_BYTES)
    if (apart.length > 0) writeClockPacket(apart, 0, { pid: clockPid, ticks: clock })
    index += 1
    return Buffer.concat([...(isKey ? [maker.tables(program)] : []), apart, video, audio])
  }

  return { program, maker, frames: (count: number) => Buffer.concat(Array.from({ length: count }, frame)) }
}

type Reading = {
  /** Packets whose counter does not follow that of the packet before on the same PID. */
  continuityErrors: number
  /** PCR, and DTS (or PTS) per PID, that are earlier than the one before. */
  stepsBack: number
  /** Steps of the decode time of the video, in ticks. */
  readonly videoSteps: number[]
  /** The same of the audio. */
  readonly audioSteps: number[]
  /** Numbers of the frames, in order. */
  readonly frameNumbers: number[]
  readonly videoTimes: number[]
  readonly pids: number[]
  tables: number
}

/** Reads an output the way a strict receiver would. */
export function readOutput(packets: Buffer): Reading {
  const counters = new Map<number, number>()
  const times = new Map<number | 'pcr', number>()
  const reading: Reading = {
    continuityErrors: packets.length % PACKET_BYTES,
    stepsBack: 0,
    videoSteps: [],
    audioSteps: [],
    frameNumbers: [],
    videoTimes: [],
    pids: [],
    tables: 0,
  }
  const observe = (key: number | 'pcr', ticks: number) => {
    const previous = times.get(key)
    times.set(key, ticks)
    if (previous === undefined) return
    if (ticksBetween(previous, ticks) < 0) reading.stepsBack += 1
    if (key === 0x100) reading.videoSteps.push(ticksBetween(previous, ticks))
    if (key === 0x110) reading.audioSteps.push(ticksBetween(previous, ticks))
  }
  for (let offset = 0; offset + PACKET_BYTES <= packets.length; offset += PACKET_BYTES) {
    const pid = pidOf(packets, offset)
    const expected = counters.get(pid)
    const counter = continuityOf(packets, offset)
    const advance = hasPayload(packets, offset) ? 1 : 0
    if (packets[offset] !== SYNC_BYTE) reading.continuityErrors += 1
    if (expected !== undefined && counter !== ((expected + advance) & 0x0f)) reading.continuityErrors += 1
    counters.set(pid, counter)
    if (!reading.pids.includes(pid)) reading.pids.push(pid)
    if (pid === 0) reading.tables += 1
    if (hasClockReference(packets, offset)) observe('pcr', readClockReference(packets, offset))
    if (!startsUnit(packets, offset) || pid === 0 || pid === 0x1000) continue
    const header = readPesHeader(packets, payloadOffset(packets, offset), offset + PACKET_BYTES)
    const time = header?.dts ?? header?.pts
    if (time !== undefined) observe(pid, time)
    if (pid !== 0x100) continue
    if (time !== undefined) reading.videoTimes.push(time)
    // Not in the header: some time stamps look like a number.
    const number = /#(\d+);/.exec(packets.toString('latin1', header?.payloadAt ?? offset, offset + PACKET_BYTES))
    if (number !== null) reading.frameNumbers.push(Number(number[1]))
  }
  return reading
}

/**
 * The content of the units of one PID without PES headers, independent of the cuts between packets.
 */
export function payloads(packets: Buffer, pid: number): Buffer {
  const parts: Buffer[] = []
  for (let offset = 0; offset + PACKET_BYTES <= packets.length; offset += PACKET_BYTES) {
    if (pidOf(packets, offset) !== pid || !hasPayload(packets, offset)) continue
    const start = payloadOffset(packets, offset)
    const end = offset + PACKET_BYTES
    const header = startsUnit(packets, offset) ? readPesHeader(packets, start, end) : undefined
    parts.push(packets.subarray(Math.min(header?.payloadAt ?? start, end), end))
  }
  return Buffer.concat(parts)
}
