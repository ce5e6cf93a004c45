/**
 * Rewrites units into packets of the output (ISO/IEC 13818-1, 2.4.3.2), and puts the tables between them (2.4.4), which a source may send
 * more seldom than players like.
 */
import { Buffer } from 'node:buffer'
import type { OutputProgram, OutputStream } from './output-program.ts'
import { packUnit } from './pack-unit.ts'
import {
  clearDiscontinuity,
  hasClockReference,
  hasPayload,
  PACKET_BYTES,
  payloadOffset,
  readClockReference,
  removeClockReference,
  setContinuity,
  setPid,
  writeClockPacket,
  writeClockReference,
} from './packet.ts'
import type { PesUnit } from './pes-collector.ts'
import type { Timeline } from './timeline.ts'
import {
  clearPesLength,
  type PesHeader,
  TICKS_PER_SECOND,
  ticksBetween,
  wrapTicks,
  writePesTimes,
} from './timestamps.ts'

/** Tables at least this often, in output time, and after this many packets if time stands still. */
const TABLE_INTERVAL_TICKS = 0.3 * TICKS_PER_SECOND
const TABLE_INTERVAL_PACKETS = 2500
/** From clock to clock there may be 100 ms (ISO/IEC 13818-1, 2.7.2); what comes next adds its own distance. */
const MAX_CLOCK_STEP_TICKS = 0.05 * TICKS_PER_SECOND
const CLOCK_INTERVAL_TICKS = 0.04 * TICKS_PER_SECOND
/** No two sources differ by more; where the clock stood for longer, there was none. */
const MAX_BRIDGE_TICKS = 2 * TICKS_PER_SECOND

export type OutputWriter = {
  /**
   * The packets of a unit, rewritten in place, behind the tables if they are due.
   *
   * @param target.withFirst writes what shall come right behind the first packet: a unit may take long, by the clocks in it
   */
  writeUnit(target: WriteTarget, unit: PesUnit, times: Pick<PesHeader, 'pts' | 'dts'>): void
  /** PAT and PMT as the start of a join point. */
  writeJoinPoint(): void
  /** A packet that carries the clock alone. */
  writeClock(pid: number, inputTicks: number): void
  /**
   * Clocks on the way from the last one to that of an input that is about to begin. Sources differ in how long before its decode time they
   * send a picture, so where times go on without a step, the clock makes one.
   *
   * @param clock of the input: where it begins, and whether its first packet brings it
   */
  bridgeClock(pid: number, clock: { inputTicks: number; isToCome: boolean }): void
  /** The same with the clock as it stands: see {@link Timeline.hold}. */
  writeHeldClock(pid: number): void
  /** Packets of a key frame that was sent before, as a join point; they are rewritten in place. */
  writeHeldPicture(stream: OutputStream, packets: Buffer, times: Pick<PesHeader, 'pts' | 'dts'>): void
  /** One unit of sound that is of no input. `isMain`: of a radio. */
  writeSound(sound: { stream: OutputStream; isMain: boolean; pts: number; payload: Buffer }): void
  /** The tables have changed, or the output starts anew: they come before anything else. */
  demandTables(): void
  /** What was written since the last time. */
  take(): { packets: Buffer; joinPoints: number[] }
  readonly areTablesDue: boolean
}

/** `hasClock`: the PCRs in the packets of the unit are the clock of the input; others are taken out. */
export type WriteTarget = { stream: OutputStream; hasClock: boolean; withFirst?: () => void }

export function createOutputWriter(output: OutputProgram, timeline: Timeline): OutputWriter {
  let pieces: Buffer[] = []
  let pieceBytes = 0
  let joinPoints: number[] = []
  let areTablesDemanded = true
  let packetsSinceTables = 0
  let tablesAt: number | undefined

  function writeUnit(target: WriteTarget, unit: PesUnit, times: Pick<PesHeader, 'pts' | 'dts'>): void {
    if (areTablesDue()) writeTables()
    const first = unit.runs[0]!
    const start = payloadOffset(first, 0)
    writePesTimes(first, start, times)
    if (unit.isDamaged) clearPesLength(first, start)
    const { withFirst } = target
    const runs = withFirst === undefined ? unit.runs : [first.subarray(0, PACKET_BYTES), ...restOf(unit.runs)]
    for (const [index, run] of runs.entries()) {
      for (let offset = 0; offset < run.length; offset += PACKET_BYTES) rewritePacket(run, offset, target)
      emit(run)
      if (index === 0) withFirst?.()
    }
  }

  function rewritePacket(packets: Buffer, offset: number, { stream, hasClock }: WriteTarget): void {
    setPid(packets, offset, stream.pid)
    setContinuity(packets, offset, output.nextContinuity(stream.pid, hasPayload(packets, offset)))
    clearDiscontinuity(packets, offset)
    if (!hasClockReference(packets, offset)) return
    if (hasClock) writeClockReference(packets, offset, timeline.moveClock(readClockReference(packets, offset)))
    else removeClockReference(packets, offset)
  }

  function writeJoinPoint(): void {
    joinPoints.push(pieceBytes)
    writeTables()
  }

  function writeClock(pid: number, inputTicks: number): void {
    const packet = Buffer.allocUnsafe(PACKET_BYTES)
    writeClockPacket(packet, 0, { pid, ticks: timeline.moveClock(inputTicks) })
    setContinuity(packet, 0, output.nextContinuity(pid, false))
    emit(packet)
  }

  function bridgeClock(pid: number, { inputTicks, isToCome }: { inputTicks: number; isToCome: boolean }): void {
    const step = timeline.clockStep(inputTicks)
    if (step <= MAX_CLOCK_STEP_TICKS || step > MAX_BRIDGE_TICKS) return
    for (let left = step - CLOCK_INTERVAL_TICKS; left > 0; left -= CLOCK_INTERVAL_TICKS) {
      writeClock(pid, wrapTicks(inputTicks - left))
    }
    if (!isToCome) writeClock(pid, inputTicks)
  }

  function writeHeldClock(pid: number): void {
    if (timeline.outputClock === undefined) return
    const packet = Buffer.allocUnsafe(PACKET_BYTES)
    writeClockPacket(packet, 0, { pid, ticks: timeline.outputClock })
    setContinuity(packet, 0, output.nextContinuity(pid, false))
    emit(packet)
  }

  function writeHeldPicture({ pid }: OutputStream, packets: Buffer, times: Pick<PesHeader, 'pts' | 'dts'>): void {
    writeJoinPoint()
    writePesTimes(packets, payloadOffset(packets, 0), times)
    for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
      setContinuity(packets, offset, output.nextContinuity(pid, hasPayload(packets, offset)))
      if (hasClockReference(packets, offset)) writeClockReference(packets, offset, timeline.outputClock ?? 0)
    }
    emit(packets)
  }

  function writeSound({ stream, isMain, pts, payload }: Parameters<OutputWriter['writeSound']>[0]): void {
    if (areTablesDue()) {
      if (isMain) writeJoinPoint()
      else writeTables()
    }
    emit(packUnit({ pid: stream.pid, pts, payload }, () => output.nextContinuity(stream.pid, true)))
  }

  function writeTables(): void {
    emit(output.writeTables())
    packetsSinceTables = 0
    areTablesDemanded = false
    tablesAt = timeline.outputTime
  }

  function areTablesDue(): boolean {
    const { outputTime } = timeline
    const elapsed = outputTime === undefined || tablesAt === undefined ? 0 : ticksBetween(tablesAt, outputTime)
    return areTablesDemanded || packetsSinceTables >= TABLE_INTERVAL_PACKETS || elapsed >= TABLE_INTERVAL_TICKS
  }

  function emit(packets: Buffer): void {
    pieces.push(packets)
    pieceBytes += packets.length
    packetsSinceTables += packets.length / PACKET_BYTES
  }

  function take(): { packets: Buffer; joinPoints: number[] } {
    const taken = { packets: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), joinPoints }
    pieces = []
    pieceBytes = 0
    joinPoints = []
    return taken
  }

  return {
    writeUnit,
    writeJoinPoint,
    writeClock,
    bridgeClock,
    writeHeldClock,
    writeHeldPicture,
    writeSound,
    demandTables() {
      areTablesDemanded = true
    },
    take,
    get areTablesDue() {
      return areTablesDue()
    },
  }
}

/** All but the first packet. */
function restOf([first, ...others]: readonly Buffer[]): Buffer[] {
  return first === undefined || first.length === PACKET_BYTES ? others : [first.subarray(PACKET_BYTES), ...others]
}
