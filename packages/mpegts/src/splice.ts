/**
 * The one splicer for every switch: many inputs in, one stream out that never breaks. To a decoder it has no splicing point and no
 * discontinuity (ISO/IEC 13818-1, 2.4.3.5): counters (2.4.3.3), clock (2.4.3.5) and time stamps (2.4.3.7) run on.
 */
import type { Buffer } from 'node:buffer'
import { markBrokenLink } from './broken-link.ts'
import { type Cadence, createCadence } from './cadence.ts'
import { type AccessUnitKind, classifyAccessUnit } from './join-point.ts'
import { createOutputProgram, type OutputState, type OutputStream } from './output-program.ts'
import { createOutputWriter, type WriteTarget } from './output-writer.ts'
import {
  hasClockReference,
  hasDiscontinuity,
  NULL_PID,
  PACKET_BYTES,
  pidOf,
  readClockReference,
  startsUnit,
} from './packet.ts'
import { createPesCollector, type InputFaults, type PesCollector, type PesUnit } from './pes-collector.ts'
import { createProgramReader } from './program-reader.ts'
import { codecSignature, mainStream, type Program } from './program-tables.ts'
import { createSlate } from './slate.ts'
import { createTimeline, type TimelineState } from './timeline.ts'
import { TICKS_PER_SECOND, ticksBetween } from './timestamps.ts'

/** After so much time of an input without a key frame it is played from anywhere. */
const MAX_WAIT_TICKS = 5 * TICKS_PER_SECOND
/** Sound that arrives while a key frame is still incomplete; beyond it the newest is dropped. */
const MAX_DEFERRED_BYTES = 1024 * 1024

export type SplicerOptions = {
  /** What an earlier splicer has sent, to go on exactly there. */
  resume?: SplicerState
  /** Keep what {@link Splicer.fill} needs: a copy of the last key frame. */
  canFill?: boolean
}

/** JSON friendly: all that a later leader needs to go on. */
export type SplicerState = { output: OutputState; timeline: TimelineState }

export type Spliced = {
  /** Whole packets of the output. */
  packets: Buffer
  /** Offsets in `packets` where PAT, PMT, then a key frame start. */
  joinPoints: number[]
  /** Set while the input cannot be played as a continuation of the output: both codec signatures. */
  incompatible?: string
}

export type Splicer = {
  /**
   * Another source, a reconnect, a new leader, a gap. What is incomplete of the old input is dropped; the output goes on
   * at the next join point of the new one. `sameStream`: it may send again what it has sent before; that is dropped, and if
   * the last unit is among it, the output goes on right behind it. `shiftTicks`: what is added to the times of this input
   * to get those of the input before, where the same stream came through another output meanwhile.
   */
  startInput(options?: { sameStream?: boolean; shiftTicks?: number }): void
  /** Whole packets of the current input. The buffer is the splicer's from now on: it is rewritten in place. */
  push(packets: Buffer): Spliced
  /**
   * While no input has come to a join point: the next `ticks` of the output, as a still picture of the last key frame with
   * silence beside it. Empty while an input runs, before there was a key frame, and without `canFill`.
   */
  fill(ticks: number): Spliced
  /** The tables of the current input. */
  readonly program: Program | undefined
  /** Its codecs, such as `h264+aac`. */
  readonly signature: string | undefined
  /** What the output adds to the times of the current input, in ticks of 90 kHz; undefined until something of it was sent. */
  readonly offsetTicks: number | undefined
  /** The current input may be behind the place up to which its stream was sent: what comes is dropped until then. */
  readonly isRepeating: boolean
  readonly faults: Readonly<InputFaults>
  snapshot(): SplicerState
}

/** Where a PID of the input goes. */
type Route = {
  stream: OutputStream
  isMain: boolean
  /** The main stream carries the clock of the input too. */
  hasClock: boolean
  collector: PesCollector
  cadence: Cadence
  /** A unit of this input was sent already; the next ones need no distance to the input before. */
  isContinuing: boolean
}

export function createSplicer(options: SplicerOptions = {}): Splicer {
  const output = createOutputProgram(options.resume?.output)
  const timeline = createTimeline(options.resume?.timeline)
  const writer = createOutputWriter(output, timeline)
  const slate = options.canFill === true ? createSlate(timeline, writer) : undefined
  const faults: InputFaults = {
    transportErrors: 0,
    scrambled: 0,
    duplicates: 0,
    losses: 0,
    damagedUnits: 0,
    strayUnits: 0,
  }
  let reader = createProgramReader()
  let program: Program | undefined
  let isSameInput = false
  let routes = new Map<number, Route>()
  let main: Route | undefined
  let incompatible: string | undefined
  let isRunning = false
  /** Units of other streams that started after the main unit in progress; sent with it if it is a join point. */
  let deferred: Array<{ route: Route; unit: PesUnit }> = []
  let deferredBytes = 0
  /** While the same stream is met again: units of other streams that are behind the last ones sent. */
  let unsent: typeof deferred = []
  let unsentBytes = 0
  /** Pictures shown before the key frame that the output went on with need frames which were never sent. */
  let leadingUntil: number | undefined

  function startInput({ sameStream = false, shiftTicks = 0 }: Parameters<Splicer['startInput']>[0] = {}): void {
    timeline.startInput(sameStream, shiftTicks)
    reader = createProgramReader()
    program = undefined
    isSameInput = sameStream
    routes = new Map()
    main = undefined
    incompatible = undefined
    slate?.forgetSound()
    awaitJoinPoint()
  }

  function awaitJoinPoint(): void {
    isRunning = false
    leadingUntil = undefined
    clearDeferred()
    clearUnsent()
    timeline.interrupt()
  }

  function push(packets: Buffer): Spliced {
    for (let offset = 0; offset + PACKET_BYTES <= packets.length; offset += PACKET_BYTES) takePacket(packets, offset)
    const spliced = writer.take()
    return incompatible === undefined ? spliced : { ...spliced, incompatible }
  }

  function fill(ticks: number): Spliced {
    if (!isRunning) slate?.write(ticks)
    return writer.take()
  }

  function takePacket(packets: Buffer, offset: number): void {
    const pid = pidOf(packets, offset)
    if (pid === NULL_PID) return
    const route = routes.get(pid)
    if (route === undefined) {
      if (pid === program?.pcrPid) takeClock(packets, offset, undefined)
      else if (reader.push(packets, offset) && reader.program !== program) adopt(reader.program)
      return
    }
    if (!route.collector.admit(packets, offset)) return
    if (startsUnit(packets, offset)) finishUnit(route, route.collector.finish())
    if (pid === program?.pcrPid) takeClock(packets, offset, route)
    if (route.isMain && startsUnit(packets, offset)) clearDeferred()
    finishUnit(route, route.collector.add(packets, offset, timeline.inputClock))
  }

  /** The tables of the input have changed. While the main stream stays where it is, the output just runs on. */
  function adopt(next: Program | undefined): void {
    isSameInput ||= program !== undefined
    program = next
    const mainPid = next && mainStream(next)?.pid
    incompatible = next && output.refuse(next, isSameInput)
    const streams: Map<number, OutputStream> =
      next === undefined || mainPid === undefined || incompatible !== undefined ? new Map() : output.assign(next)
    const previous = routes
    routes = new Map()
    for (const [pid, stream] of streams) {
      const kept = previous.get(pid)
      const route = kept?.stream === stream ? kept : createRoute(stream)
      const isMain = pid === mainPid
      routes.set(pid, Object.assign(route, { isMain, hasClock: isMain && pid === next?.pcrPid }))
    }
    const previousMain = main
    main = mainPid === undefined ? undefined : routes.get(mainPid)
    if (main === undefined || main !== previousMain) awaitJoinPoint()
    else if (isRunning && next !== undefined && output.announce(next, streams)) writer.demandTables()
  }

  function createRoute(stream: OutputStream): Route {
    const collector = createPesCollector(faults)
    return {
      stream,
      isMain: false,
      hasClock: false,
      collector,
      cadence: createCadence(stream.unitTicks),
      isContinuing: false,
    }
  }

  /** The clock of the output is always on its main stream; a clock elsewhere gets packets of its own there. */
  function takeClock(packets: Buffer, offset: number, route: Route | undefined): void {
    if (!hasClockReference(packets, offset)) return
    const ticks = readClockReference(packets, offset)
    if (timeline.observeClock(ticks, hasDiscontinuity(packets, offset)) && isRunning) awaitJoinPoint()
    if (!isRunning || main === undefined || route?.isMain) return
    writer.writeClock(main.stream.pid, ticks)
  }

  function finishUnit(route: Route, unit: PesUnit | undefined): void {
    if (unit === undefined) return
    if (route.isMain) finishMainUnit(route, unit)
    else if (isRunning) writeOtherUnit(route, unit)
    else defer(route, unit)
  }

  function finishMainUnit(route: Route, unit: PesUnit): void {
    const { pts, dts } = unit.header
    const time = dts ?? pts
    if (timeline.observeUnit(unit.header, unit.hasDiscontinuity) && isRunning) {
      awaitJoinPoint()
      if (timeline.inputClock === undefined) unit.clockTicks = undefined
    }
    const kind = unit.isDamaged ? 'partial' : judge(route, unit)
    if (!isRunning) {
      if (!mayBegin(unit, kind, time)) return clearDeferred()
      if (timeline.isSeam) return goOn(route, unit, kind)
      begin(route, unit)
      return writeMainUnit({ ...route, withFirst: () => send(deferred) }, unit, kind)
    }
    if (leadingUntil !== undefined && pts !== undefined && ticksBetween(leadingUntil, pts) < 0) {
      return writeClocksOf(route, unit)
    }
    leadingUntil = undefined
    writeMainUnit(route, unit, kind)
  }

  function judge(route: Route, unit: PesUnit): AccessUnitKind {
    return route.stream.kind === 'audio' ? 'key' : classifyAccessUnit(route.stream.codec, unit.runs)
  }

  function mayBegin(unit: PesUnit, kind: AccessUnitKind, time: number | undefined): boolean {
    if ((time !== undefined && timeline.isOverlap(time)) || unit.isDamaged) return false
    if ((kind === 'key' || timeline.isSeam) && time !== undefined) return true
    return timeline.waitedTicks >= MAX_WAIT_TICKS
  }

  function begin(route: Route, unit: PesUnit): void {
    markBrokenLink(route.stream.codec, unit.runs)
    timeline.begin(unit.header, route.stream.kind, unit.clockTicks)
    if (unit.clockTicks !== undefined) {
      const isToCome = route.hasClock && hasClockReference(unit.runs[0]!, 0)
      writer.bridgeClock(route.stream.pid, { inputTicks: unit.clockTicks, isToCome })
    }
    for (const other of routes.values()) {
      other.cadence.interrupt()
      other.isContinuing = false
    }
    leadingUntil = unit.header.pts
    enter()
  }

  /** The very next picture: what a player has decoded so far is all it needs. */
  function goOn(route: Route, unit: PesUnit, kind: AccessUnitKind): void {
    timeline.resume(unit.header, route.stream.kind, unit.clockTicks)
    for (const other of routes.values()) other.isContinuing = true
    enter()
    writeMainUnit({ ...route, withFirst: () => send(unsent) }, unit, kind)
  }

  function enter(): void {
    isRunning = true
    writer.demandTables()
    const streams = new Map([...routes].map(([pid, route]) => [pid, route.stream]))
    if (program !== undefined) output.announce(program, streams)
  }

  function writeMainUnit(route: WriteTarget, unit: PesUnit, kind: AccessUnitKind): void {
    const times = timeline.moveMain(unit.header)
    const isJoinPoint = kind === 'key' && (route.stream.kind === 'video' || writer.areTablesDue)
    if (isJoinPoint) writer.writeJoinPoint()
    writer.writeUnit(route, unit, times)
    if (kind === 'key' && route.stream.kind === 'video') slate?.keepPicture(route.stream, unit)
    if (route.stream.kind === 'audio') slate?.keepSound(route.stream, unit)
  }

  /** A picture that is not sent leaves no hole in the clock. */
  function writeClocksOf({ stream, hasClock }: Route, { runs }: PesUnit): void {
    if (!hasClock) return
    for (const run of runs) {
      for (let offset = 0; offset < run.length; offset += PACKET_BYTES) {
        if (hasClockReference(run, offset)) writer.writeClock(stream.pid, readClockReference(run, offset))
      }
    }
  }

  /** Sound and the rest: whole units in order only; what would step back was sent already, or does not belong here. */
  function writeOtherUnit(route: Route, unit: PesUnit): void {
    if (unit.isDamaged) return
    const { stream } = route
    const inputTime = unit.header.dts ?? unit.header.pts
    if (inputTime !== undefined && timeline.isStray(inputTime)) {
      faults.strayUnits += 1
      return
    }
    const moved = timeline.move(unit.header)
    const time = moved.dts ?? moved.pts
    if (time !== undefined) {
      if (ticksSince(route, time) < 0 || (stream.kind === 'audio' && timeline.isPassed(time))) return
      route.cadence.observe(time)
      route.isContinuing = true
      stream.time = time
      stream.unitTicks = route.cadence.longestTicks
    }
    writer.writeUnit(route, unit, moved)
    if (stream.kind === 'audio') slate?.keepSound(stream, unit)
  }

  /** Distance to the earliest time at which the stream may go on: behind its last unit, whole if it was of another input. */
  function ticksSince({ stream, isContinuing }: Route, time: number): number {
    if (stream.time === undefined) return 0
    const step = ticksBetween(stream.time, time)
    if (stream.kind !== 'audio') return step
    return isContinuing ? step - 1 : step - stream.unitTicks
  }

  function defer(route: Route, unit: PesUnit): void {
    const bytes = unit.runs.reduce((sum, run) => sum + run.length, 0)
    if (timeline.isOverlapping && !wasSent(route, unit) && unsentBytes + bytes <= MAX_DEFERRED_BYTES) {
      unsent.push({ route, unit })
      unsentBytes += bytes
    }
    if (main === undefined || main.collector.keptBytes === 0 || deferredBytes + bytes > MAX_DEFERRED_BYTES) return
    deferred.push({ route, unit })
    deferredBytes += bytes
  }

  function wasSent({ stream }: Route, { header }: PesUnit): boolean {
    const { dts, pts } = timeline.move(header)
    const time = dts ?? pts
    return stream.time !== undefined && time !== undefined && ticksBetween(stream.time, time) <= 0
  }

  function send(waiting: typeof deferred): void {
    clearDeferred()
    clearUnsent()
    for (const { route, unit } of waiting) writeOtherUnit(route, unit)
  }

  function clearUnsent(): void {
    unsent = []
    unsentBytes = 0
  }

  function clearDeferred(): void {
    deferred = []
    deferredBytes = 0
  }

  return {
    startInput,
    push,
    fill,
    get program() {
      return program
    },
    get signature() {
      return program && codecSignature(program)
    },
    get offsetTicks() {
      return timeline.offset
    },
    get isRepeating() {
      return timeline.isOverlapping
    },
    get faults() {
      return faults
    },
    snapshot: () => ({ output: output.snapshot(), timeline: timeline.snapshot() }),
  }
}
