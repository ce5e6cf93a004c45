/**
 * The packets of the output besides those of its inputs: tables (ISO/IEC 13818-1, 2.4.4), which a
 * source may send less often than players like, clocks, and the frames of a slate.
 */
import { Buffer } from 'node:buffer'
import type { OutputProgram, OutputStream } from './output-program.ts'
import { packUnit } from './pack-unit.ts'
import {
  hasClockReference,
  hasPayload,
  PACKET_BYTES,
  payloadOffset,
  setContinuity,
  writeClockReference,
} from './packet.ts'
import type { PieceWriter } from './piece-writer.ts'
import { writeClockPacket } from './remake-packet.ts'
import type { Timeline } from './timeline.ts'
import { type PesHeader, TICKS_PER_SECOND, ticksBetween, wrapTicks, writePesTimes } from './timestamps.ts'

/** Tables at least this often, in output time, and after this many packets if time stands still. */
const TABLE_INTERVAL_TICKS = 0.3 * TICKS_PER_SECOND
const TABLE_INTERVAL_BYTES = 2500 * PACKET_BYTES
/**
 * From clock to clock there may be 100 ms (ISO/IEC 13818-1, 2.7.2); what comes next adds its own
 * distance.
 */
const MAX_CLOCK_STEP_TICKS = 0.05 * TICKS_PER_SECOND
const CLOCK_INTERVAL_TICKS = 0.04 * TICKS_PER_SECOND
/**
 * No two sources differ by more; where the clock stood for longer, there was none. A hole in the
 * channel's own time is longer.
 */
const MAX_BRIDGE_TICKS = 2 * TICKS_PER_SECOND
const MAX_HOLE_TICKS = 20 * TICKS_PER_SECOND

export class OutputWriter {
  readonly #pieces: PieceWriter
  readonly #output: OutputProgram
  readonly #timeline: Timeline
  #areTablesDemanded = true
  #tablesPosition = 0
  #tablesTicks: number | undefined
  /** Clock of the output when they were sent. */
  #tablesClock: number | undefined

  constructor(pieces: PieceWriter, output: OutputProgram, timeline: Timeline) {
    this.#pieces = pieces
    this.#output = output
    this.#timeline = timeline
  }

  /** The tables have changed, or the output restarts: they come before anything else. */
  demandTables(): void {
    this.#areTablesDemanded = true
  }

  areTablesDue(at: number): boolean {
    const { outputTime } = this.#timeline
    this.#tablesTicks ??= outputTime
    const elapsed = outputTime === undefined ? 0 : ticksBetween(this.#tablesTicks ?? outputTime, outputTime)
    const bytes = this.#pieces.positionAt(at) - this.#tablesPosition
    return this.#areTablesDemanded || bytes >= TABLE_INTERVAL_BYTES || elapsed >= TABLE_INTERVAL_TICKS
  }

  /**
   * PAT and PMT before `at`; as the start of a join point, or because they are due.
   *
   * @param isBreak the output does not continue where it ended
   */
  writeTables(at: number, isJoinPoint: boolean, isBreak = false): void {
    // Packets before them keep their counters: another node may continue there.
    this.#pieces.flush(at)
    if (isJoinPoint) this.#pieces.markJoinPoint()
    this.#pieces.insert(this.#output.writeTables(isBreak), at)
    this.#areTablesDemanded = false
    this.#tablesPosition = this.#pieces.positionAt(at)
    this.#tablesTicks = this.#timeline.outputTime
    this.#tablesClock = this.#timeline.outputClock
  }

  /** A packet with nothing but a clock, before `at`. */
  writeClock(stream: OutputStream, ticks: number, at: number): void {
    const packet = Buffer.allocUnsafe(PACKET_BYTES)
    writeClockPacket(packet, 0, { pid: stream.pid, ticks })
    setContinuity(packet, 0, stream.counter)
    this.#pieces.insert(packet, at)
  }

  /**
   * Clocks on the way from the last one to that of an input which is about to begin. Sources differ
   * in how long before its decode time they send a frame, so where times continue without a step,
   * the clock makes one. Tables come as often as elsewhere.
   *
   * @param isToCome the input's clock is in the packet at `at`
   */
  bridgeClock(stream: OutputStream, at: number, isToCome: boolean): void {
    const { clockStep: step, inputClock, keepsClock } = this.#timeline
    if (inputClock === undefined || step <= MAX_CLOCK_STEP_TICKS) return
    if (step > (keepsClock ? MAX_HOLE_TICKS : MAX_BRIDGE_TICKS)) return
    for (let left = step - CLOCK_INTERVAL_TICKS; left > 0; left -= CLOCK_INTERVAL_TICKS) {
      const ticks = this.#timeline.moveClock(wrapTicks(inputClock - left))
      this.writeClock(stream, ticks, at)
      const areTablesOld =
        this.#tablesClock === undefined || ticksBetween(this.#tablesClock, ticks) >= TABLE_INTERVAL_TICKS
      if (!areTablesOld) continue
      this.#pieces.insert(this.#output.writeTables(), at)
      this.#tablesClock = ticks
    }
    if (!isToCome) this.writeClock(stream, this.#timeline.moveClock(inputClock), at)
  }

  /** The clock without progress: see {@link Timeline.hold}. */
  writeHeldClock(stream: OutputStream): void {
    const { outputClock } = this.#timeline
    if (outputClock !== undefined) this.writeClock(stream, outputClock, 0)
  }

  /** Packets of a key frame that was sent before, as a join point; they are rewritten in place. */
  writeHeldFrame(stream: OutputStream, packets: Buffer, times: Pick<PesHeader, 'pts' | 'dts'>): void {
    this.writeTables(0, true)
    writePesTimes(packets, payloadOffset(packets, 0), times)
    for (let at = 0; at < packets.length; at += PACKET_BYTES) {
      if (hasPayload(packets, at)) stream.counter = (stream.counter + 1) & 0x0f
      setContinuity(packets, at, stream.counter)
      if (hasClockReference(packets, at)) writeClockReference(packets, at, this.#timeline.outputClock ?? 0)
    }
    this.#pieces.insert(packets, 0)
  }

  /** One unit of audio that comes from no input. `isMain`: of a radio. */
  writeAudio(audio: {
    readonly stream: OutputStream
    readonly isMain: boolean
    readonly pts: number
    readonly payload: Buffer
  }): void {
    const { stream, isMain, pts, payload } = audio
    if (this.areTablesDue(0)) this.writeTables(0, isMain)
    const nextCounter = (): number => (stream.counter = (stream.counter + 1) & 0x0f)
    this.#pieces.insert(packUnit({ pid: stream.pid, pts, payload }, nextCounter), 0)
  }
}
