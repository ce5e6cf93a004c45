/** Facts about an input, for whoever decides whether it is healthy. Counts only; no opinion, no clock of its own. */
import type { Buffer } from 'node:buffer'
import { createFingerprint } from './fingerprint.ts'
import {
  hasClockReference,
  hasTransportError,
  isScrambled,
  NULL_PID,
  PACKET_BYTES,
  payloadOffset,
  pidOf,
  readClockReference,
  startsUnit,
} from './packet.ts'
import { createProgramReader } from './program-reader.ts'
import { firstOfKind, mainStream, type Program } from './program-tables.ts'
import { createRepeatCounter } from './repeats.ts'
import { readPesHeader, TICKS_PER_SECOND, ticksBetween } from './timestamps.ts'

/** A step of a clock that is longer, or backward, is a jump and no progress. */
const MAX_STEP_TICKS = 10 * TICKS_PER_SECOND

/** All counts are since the start of the input. */
export type StreamFacts = {
  packets: number
  nullPackets: number
  transportErrors: number
  /** Packets of the program's streams: all, and those of them that are scrambled. */
  mediaPackets: number
  scrambledPackets: number
  /** PAT and PMT were seen. */
  hasTables: boolean
  /** False for radio, and as long as there are no tables. */
  announcesVideo: boolean
  /** The same of sound. */
  announcesAudio: boolean
  /** Pictures and packets of sound that have started, in the clear. */
  videoUnits: number
  audioUnits: number
  /** How far the PCR has come, in ticks of 90 kHz without jumps; by the main stream's time stamps if there is no PCR. */
  clockTicks: number
  /** Told by the first second of media, once that was seen: two connections to a live stream never share it for long. */
  fingerprint: number | undefined
  /** How often the same short clip has begun anew: see `createRepeatCounter`. */
  repeats: number
}

export type StreamWatch = {
  /** What follows does not continue what came before; all counts go on. */
  startInput(): void
  /** Whole packets; they are only read. Show them before they are given to a splicer, which rewrites them. */
  push(packets: Buffer): void
  facts(): StreamFacts
}

/** Watches one input; make another one for the next. Costs a few operations a packet, and constant memory. */
export function createStreamWatch(): StreamWatch {
  let reader = createProgramReader()
  const pcrClock = createProgress()
  const mainClock = createProgress()
  let repeats = createRepeatCounter()
  const fingerprint = createFingerprint()
  let program: Program | undefined
  let kinds = new Map<number, 'video' | 'audio' | 'other'>()
  let mainPid: number | undefined
  const counts = {
    packets: 0,
    nullPackets: 0,
    transportErrors: 0,
    mediaPackets: 0,
    scrambledPackets: 0,
    videoUnits: 0,
    audioUnits: 0,
  }

  function push(packets: Buffer): void {
    for (let offset = 0; offset + PACKET_BYTES <= packets.length; offset += PACKET_BYTES) takePacket(packets, offset)
  }

  function takePacket(packets: Buffer, offset: number): void {
    const pid = pidOf(packets, offset)
    counts.packets += 1
    if (hasTransportError(packets, offset)) {
      counts.transportErrors += 1
      return
    }
    if (pid === NULL_PID) {
      counts.nullPackets += 1
      return
    }
    if (pid === program?.pcrPid && hasClockReference(packets, offset)) {
      pcrClock.observe(readClockReference(packets, offset))
    }
    const kind = kinds.get(pid)
    if (kind !== undefined) takeMedia(packets, offset, pid)
    else if (reader.push(packets, offset) && reader.program !== program) adopt(reader.program)
  }

  function takeMedia(packets: Buffer, offset: number, pid: number): void {
    counts.mediaPackets += 1
    if (isScrambled(packets, offset)) {
      counts.scrambledPackets += 1
      return
    }
    if (startsUnit(packets, offset)) takeUnit(packets, offset, pid)
    if (mainClock.isSeen) fingerprint.add(packets, offset, mainClock.ticks)
  }

  function takeUnit(packets: Buffer, offset: number, pid: number): void {
    const header = readPesHeader(packets, payloadOffset(packets, offset), offset + PACKET_BYTES)
    if (header === undefined) return
    const kind = kinds.get(pid)
    if (kind === 'video') counts.videoUnits += 1
    if (kind === 'audio') counts.audioUnits += 1
    const time = header.dts ?? header.pts
    if (pid !== mainPid || time === undefined) return
    mainClock.observe(time)
    repeats.observe({ ticks: time, isDecodeTime: header.dts !== undefined }, mainClock.ticks)
  }

  function adopt(next: Program | undefined): void {
    program = next
    kinds = new Map(next?.streams.map((stream) => [stream.pid, stream.kind]))
    mainPid = next && mainStream(next)?.pid
  }

  function startInput(): void {
    reader = createProgramReader()
    adopt(undefined)
    pcrClock.interrupt()
    mainClock.interrupt()
    // That each input begins at the same time, as segments do, is no clip that repeats.
    repeats = createRepeatCounter()
  }

  return {
    startInput,
    push,
    facts: () => ({
      ...counts,
      hasTables: program !== undefined,
      announcesVideo: program !== undefined && firstOfKind(program, 'video') !== undefined,
      announcesAudio: program !== undefined && firstOfKind(program, 'audio') !== undefined,
      clockTicks: pcrClock.isSeen ? pcrClock.ticks : mainClock.ticks,
      fingerprint: fingerprint.value,
      repeats: repeats.count,
    }),
  }
}

function createProgress() {
  let previous: number | undefined
  let isSeen = false
  let ticks = 0
  return {
    observe(now: number): void {
      isSeen = true
      const step = previous === undefined ? 0 : ticksBetween(previous, now)
      previous = now
      if (step > 0 && step <= MAX_STEP_TICKS) ticks += step
    },
    interrupt(): void {
      previous = undefined
    },
    get isSeen() {
      return isSeen
    },
    get ticks() {
      return ticks
    },
  }
}
