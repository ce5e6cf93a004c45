/**
 * The one pass over all packets of an input.
 *
 * Invariant: each packet is read once, in order; it is dropped or passed at once, rewritten where
 * it lies. The one exception is the head of a unit that does not say yet whether it is a key frame:
 * it waits for the next piece.
 */
import { Buffer } from 'node:buffer'
import { DROP, type Fate, PASS, REPLAY, WAIT } from './fate.ts'
import type { InputTrack } from './input-track.ts'
import { type AccessUnitKind, judgeAccessUnit } from './join-point.ts'
import {
  hasClockReference,
  hasDiscontinuity,
  hasPayload,
  hasTransportError,
  isScrambled,
  NULL_PID,
  PACKET_BYTES,
  pidOf,
  readClockReference,
  startsUnit,
} from './packet.ts'
import { passUnitPacket, turnIntoClock } from './pass-unit-packet.ts'
import type { PieceWriter } from './piece-writer.ts'
import { createProgramReader } from './program-reader.ts'
import type { SpliceInput, SplicerParts } from './splice-input.ts'
import type { StreamWatch } from './stream-watch.ts'
import { UnitGate } from './unit-gate.ts'

/** The head of a unit waits for its verdict with everything after it, up to here. */
const MAX_HEAD_BYTES = 512 * PACKET_BYTES

export class PacketPass {
  readonly #parts: SplicerParts
  readonly #pieces: PieceWriter
  readonly #input: SpliceInput
  readonly #gate: UnitGate
  #reader = createProgramReader()
  #watch: StreamWatch | undefined
  /** Up to here in the open piece, the watch knows the packets already. */
  #watchedBytes = 0
  /** The head of a unit, and the packets after it. */
  #head: Buffer | undefined

  constructor(parts: SplicerParts, pieces: PieceWriter, input: SpliceInput) {
    this.#parts = parts
    this.#pieces = pieces
    this.#input = input
    this.#gate = new UnitGate(parts, pieces, input)
  }

  startInput(watch: StreamWatch | undefined, program: number | undefined): void {
    this.#reader = createProgramReader(program)
    this.#watch = watch
    watch?.startInput()
    this.#head = undefined
  }

  push(packets: Buffer): void {
    this.#watch?.takePackets(packets.length / PACKET_BYTES)
    const head = this.#head
    this.#head = undefined
    let rest = this.#take(head === undefined ? packets : Buffer.concat([head, packets]))
    while (rest !== undefined) rest = this.#take(rest)
    this.#watchedBytes = 0
  }

  /** Returns the next position to read. */
  #take(piece: Buffer): Buffer | undefined {
    this.#pieces.open(piece)
    let pid = -1
    let { tracks } = this.#input
    let track: InputTrack | undefined
    for (let at = 0; at + PACKET_BYTES <= piece.length; at += PACKET_BYTES) {
      const next = pidOf(piece, at)
      if (next !== pid || tracks !== this.#input.tracks) {
        pid = next
        tracks = this.#input.tracks
        track = tracks.get(pid)
      }
      if (track?.passPlain(piece, at)) continue
      const fate = track === undefined ? this.#takeOther(pid, piece, at) : this.#takePacket(track, piece, at)
      if (fate === DROP) this.#pieces.drop(at)
      if (fate === WAIT || fate === REPLAY) return this.#interrupt(fate, piece, at)
    }
    this.#pieces.close(piece.length - (piece.length % PACKET_BYTES))
    return undefined
  }

  #interrupt(fate: Fate, piece: Buffer, at: number): Buffer | undefined {
    this.#pieces.close(at)
    const rest = piece.subarray(at)
    if (fate === WAIT) {
      this.#head = Buffer.from(rest)
      return undefined
    }
    const kept = Buffer.concat(this.#gate.takeReplay())
    this.#watchedBytes = kept.length + PACKET_BYTES
    return Buffer.concat([kept, rest])
  }

  #takeOther(pid: number, piece: Buffer, at: number): Fate {
    const input = this.#input
    if (pid === NULL_PID) {
      this.#watchAt(at)?.takeNullPacket()
    } else if (hasTransportError(piece, at)) {
      this.#watchAt(at)?.takeTransportError()
    } else if (pid === input.program?.pcrPid) {
      this.#observeClock(piece, at)
      if (input.isMeeting) this.#parts.backlog.add(piece, at)
      return this.#keepClock(piece, at)
    } else if (this.#reader.push(piece, at) && this.#reader.program !== input.program) {
      this.#watch?.takeProgram(this.#reader.program)
      input.adopt(this.#reader.program)
    }
    return DROP
  }

  /** A packet of a track that is not simply the next payload of an open unit. */
  #takePacket(track: InputTrack, piece: Buffer, at: number): Fate {
    const input = this.#input
    const isStart = startsUnit(piece, at) && hasPayload(piece, at)
    let kind: AccessUnitKind | undefined = 'key'
    if (isStart && track.stream.kind === 'video') {
      kind = judgeAccessUnit(track.stream.codec, piece, at, piece.length - at > MAX_HEAD_BYTES)
      if (kind === undefined) return WAIT
    }
    const watch = this.#watchAt(at)
    if (watch !== undefined) watchPacket(watch, piece, at)
    if (!track.admit(piece, at)) return DROP
    if (track.pid === input.program?.pcrPid) this.#takeClock(track, piece, at)
    const fate = isStart ? this.#gate.start(track, piece, at, kind, watch) : PASS
    if (fate === REPLAY) return fate
    const isOpen = fate === PASS && input.isRunning && (track.isOpen || !hasPayload(piece, at))
    if (isOpen && passUnitPacket(track, piece, at, this.#parts)) return PASS
    if (input.isMeeting) this.#parts.backlog.add(piece, at)
    return track.hasClock ? this.#keepClock(piece, at) : DROP
  }

  /**
   * The clock of the output is always on its main stream; a clock elsewhere gets separate packets
   * there.
   */
  #takeClock(track: InputTrack, piece: Buffer, at: number): void {
    const ticks = this.#observeClock(piece, at)
    const { main, isRunning } = this.#input
    if (ticks === undefined || track.isMain || !isRunning || main === undefined) return
    this.#parts.writer.writeClock(main.stream, this.#parts.timeline.moveClock(ticks), at)
  }

  #observeClock(piece: Buffer, at: number): number | undefined {
    if (!hasClockReference(piece, at)) return undefined
    const ticks = readClockReference(piece, at)
    this.#watchAt(at)?.takeClock(ticks)
    if (this.#parts.timeline.observeClock(ticks, hasDiscontinuity(piece, at))) this.#input.enter('broken')
    return ticks
  }

  /**
   * A packet that is dropped leaves no hole in the clock: it becomes one that carries the clock
   * alone.
   */
  #keepClock(piece: Buffer, at: number): Fate {
    const { main, isRunning } = this.#input
    if (!isRunning || main === undefined || !hasClockReference(piece, at)) return DROP
    turnIntoClock(main.stream, piece, at, this.#parts.timeline)
    return PASS
  }

  #watchAt(at: number): StreamWatch | undefined {
    return at < this.#watchedBytes ? undefined : this.#watch
  }
}

function watchPacket(watch: StreamWatch, piece: Buffer, at: number): void {
  if (hasTransportError(piece, at)) watch.takeTransportError()
  else if (isScrambled(piece, at)) watch.takeScrambled()
  else if (watch.wantsMedia) watch.takeMedia(piece, at)
}
