/**
 * Facts about an input, for a health check. It only counts: no judgement, no clock.
 *
 * Invariant: counts are of one attempt and only grow. A splicer reports to it during its own pass;
 * without one, {@link StreamWatch.push} makes the pass.
 */
import type { Buffer } from 'node:buffer'
import { createFingerprint, hashPacket } from './fingerprint.ts'
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
import { type PesHeader, readPesHeader, TICKS_PER_SECOND, ticksBetween } from './timestamps.ts'

/** A step of a clock that is longer, or backward, is a jump and no progress. */
const MAX_STEP_TICKS = 10 * TICKS_PER_SECOND

/** All counts are since the start of the attempt. */
type StreamFacts = {
  readonly packets: number
  readonly nullPackets: number
  readonly transportErrors: number
  /** Packets of the program's streams that are scrambled. */
  readonly scrambledPackets: number
  /** PAT and PMT were seen. */
  readonly hasTables: boolean
  /** False for radio, and as long as there are no tables. */
  readonly announcesVideo: boolean
  /** The same for audio. */
  readonly announcesAudio: boolean
  /** Video frames and packets of audio that have started, in the clear. */
  readonly videoUnits: number
  readonly audioUnits: number
  /**
   * How far the PCR has come, in ticks of 90 kHz without jumps; by the main stream's timestamps if
   * there is no PCR.
   */
  readonly clockTicks: number
  /**
   * One number for the first second of media, once that was seen: two connections to a live stream
   * never share it for long.
   */
  readonly fingerprint: number | undefined
  /** How often the same short clip has restarted: see `createRepeatCounter`. */
  readonly repeats: number
}

export class StreamWatch {
  readonly #wanted: number | undefined
  #reader
  readonly #pcr = new Progress()
  readonly #main = new Progress()
  #repeats = createRepeatCounter()
  readonly #fingerprint = createFingerprint()
  #program: Program | undefined
  #kinds = new Map<number, 'video' | 'audio' | 'other'>()
  #mainPid: number | undefined
  #packets = 0
  #nullPackets = 0
  #transportErrors = 0
  #scrambledPackets = 0
  #videoUnits = 0
  #audioUnits = 0

  /** @param wanted number of the program to watch, if the input has it */
  constructor(wanted?: number) {
    this.#wanted = wanted
    this.#reader = createProgramReader(wanted)
  }

  /** The following media does not continue the media before; all counts continue. */
  startInput(): void {
    this.#reader = createProgramReader(this.#wanted)
    this.takeProgram(undefined)
    this.#pcr.interrupt()
    this.#main.interrupt()
    // That each input begins at the same time, as segments do, is not a clip that repeats.
    this.#repeats = createRepeatCounter()
  }

  /** Whole packets, which are only read; for an input that goes through no splicer. */
  push(packets: Buffer): void {
    this.takePackets(packets.length / PACKET_BYTES)
    for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) this.#takePacket(packets, at)
  }

  takePackets(count: number): void {
    this.#packets += count
  }

  takeNullPacket(): void {
    this.#nullPackets += 1
  }

  takeTransportError(): void {
    this.#transportErrors += 1
  }

  takeProgram(program: Program | undefined): void {
    this.#program = program
    this.#kinds = new Map(program?.streams.map((stream) => [stream.pid, stream.kind]))
    this.#mainPid = program && mainStream(program)?.pid
  }

  takeClock(ticks: number): void {
    this.#pcr.observe(ticks)
  }

  takeScrambled(): void {
    this.#scrambledPackets += 1
  }

  /** False once the first second of media was seen; until then every packet of media counts. */
  get wantsMedia(): boolean {
    return this.#fingerprint.value === undefined
  }

  takeMedia(packets: Buffer, at: number): void {
    if (this.#main.isSeen) this.#fingerprint.add(packets, at, this.#main.ticks)
  }

  /** A unit starts with the packet at `at`. */
  takeUnit(packets: Buffer, at: number, { pts, dts }: PesHeader): void {
    const pid = pidOf(packets, at)
    const kind = this.#kinds.get(pid)
    if (kind === 'video') this.#videoUnits += 1
    if (kind === 'audio') this.#audioUnits += 1
    const ticks = dts ?? pts
    if (pid !== this.#mainPid || ticks === undefined) return
    this.#main.observe(ticks)
    const content = (): number => hashPacket(packets, at)
    this.#repeats.observe({ ticks, isDecodeTime: dts !== undefined, content }, this.#main.ticks)
  }

  facts(): StreamFacts {
    const program = this.#program
    return {
      packets: this.#packets,
      nullPackets: this.#nullPackets,
      transportErrors: this.#transportErrors,
      scrambledPackets: this.#scrambledPackets,
      hasTables: program !== undefined,
      announcesVideo: program !== undefined && firstOfKind(program, 'video') !== undefined,
      announcesAudio: program !== undefined && firstOfKind(program, 'audio') !== undefined,
      videoUnits: this.#videoUnits,
      audioUnits: this.#audioUnits,
      clockTicks: this.#pcr.isSeen ? this.#pcr.ticks : this.#main.ticks,
      fingerprint: this.#fingerprint.value,
      repeats: this.#repeats.count,
    }
  }

  #takePacket(packets: Buffer, at: number): void {
    if (hasTransportError(packets, at)) return this.takeTransportError()
    const pid = pidOf(packets, at)
    if (pid === NULL_PID) return this.takeNullPacket()
    if (pid === this.#program?.pcrPid && hasClockReference(packets, at)) this.takeClock(readClockReference(packets, at))
    if (this.#kinds.has(pid)) this.#takeMediaPacket(packets, at)
    else if (this.#reader.push(packets, at) && this.#reader.program !== this.#program) {
      this.takeProgram(this.#reader.program)
    }
  }

  #takeMediaPacket(packets: Buffer, at: number): void {
    if (isScrambled(packets, at)) return this.takeScrambled()
    if (startsUnit(packets, at)) {
      const header = readPesHeader(packets, payloadOffset(packets, at), at + PACKET_BYTES)
      if (header !== undefined) this.takeUnit(packets, at, header)
    }
    if (this.wantsMedia) this.takeMedia(packets, at)
  }
}

class Progress {
  #previous: number | undefined
  isSeen = false
  ticks = 0

  observe(now: number): void {
    this.isSeen = true
    const step = this.#previous === undefined ? 0 : ticksBetween(this.#previous, now)
    this.#previous = now
    if (step > 0 && step <= MAX_STEP_TICKS) this.ticks += step
  }

  interrupt(): void {
    this.#previous = undefined
  }
}
