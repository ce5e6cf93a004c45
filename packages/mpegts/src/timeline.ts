/**
 * Maps the time of each input to one output time that runs on: PCR (ISO/IEC 13818-1, 2.4.2.2), PTS and DTS (2.4.3.7). All values are ticks of
 * 90 kHz, 33 bits.
 */
import { createCadence } from './cadence.ts'
import type { StreamKind } from './codecs.ts'
import { type PesHeader, TICKS_PER_SECOND, ticksBetween, wrapTicks } from './timestamps.ts'

/** Beyond this the clock of an input has jumped; a shorter step forward is a gap. */
const JUMP_TICKS = 10 * TICKS_PER_SECOND
/** The same where discontinuity_indicator announces it. An indicator without a step means nothing to us. */
const MARKED_JUMP_TICKS = TICKS_PER_SECOND
/** Times that step back less than this are sloppy; they are held, not taken for a jump. */
const TOLERATED_STEP_BACK_TICKS = TICKS_PER_SECOND / 10
/** Without any DTS, the order of pictures in time is not their order in the stream. */
const TOLERATED_REORDERING_TICKS = TICKS_PER_SECOND
/** Providers send up to the last 15 s again after a reconnect. */
const MAX_OVERLAP_TICKS = 20 * TICKS_PER_SECOND
/** How far the clock is put before decode time where the input's clock has nothing to do with its time stamps. */
const DEFAULT_LEAD_TICKS = TICKS_PER_SECOND / 2
const DEFAULT_FRAME_TICKS = TICKS_PER_SECOND / 25

/** Plain numbers, for a later leader: what was sent last, and what was added to the time of the input. */
export type TimelineState = {
  /** Last decode time of the main stream. */
  time: number | undefined
  /** Its latest presentation time. */
  presentation: number | undefined
  /** Last PCR. */
  clock: number | undefined
  offset: number | undefined
  /** From one unit of the main stream to the next. */
  frameTicks: number
}

export type Timeline = {
  /** @param shiftTicks of the same stream: what is added to times of this input to get those of the input before */
  startInput(isSameStream: boolean, shiftTicks?: number): void
  /** The input goes on, but its time does not: until `begin`, nothing is sent. */
  interrupt(): void
  /** A PCR of the input. True if it has jumped. */
  observeClock(ticks: number, isMarked: boolean): boolean
  /** A unit of the main stream. True if its time has jumped. */
  observeUnit(header: PesHeader, isMarked: boolean): boolean
  /** Same stream, reopened: was the unit with this decode time sent before? */
  isOverlap(ticks: number): boolean
  /** The last unit that was sent has come again, and this one follows on it: nothing is missing between them. */
  readonly isSeam: boolean
  /**
   * Sets the offset so that the unit is decoded one frame after the last one that was sent. It comes later than that
   * only where it would be shown before a picture that was sent, or where the clock would step back.
   */
  begin(header: PesHeader, kind: StreamKind, clockTicks: number | undefined): void
  /** Goes on in the time that the output has, as if there had been no other input; only where {@link isSeam}. */
  resume(header: PesHeader, kind: StreamKind, clockTicks: number | undefined): void
  /** Output time stamps of a unit of the main stream; never earlier than the ones before. */
  moveMain(header: PesHeader): Pick<PesHeader, 'pts' | 'dts'>
  /** The same for any other stream; whoever asks looks after its order. */
  move(header: PesHeader): Pick<PesHeader, 'pts' | 'dts'>
  /** Output value of a PCR; never earlier than the ones before. */
  moveClock(ticks: number): number
  /** The clock of the output stands until that of the input has come to it, and a unit of this output time would be late. */
  isPassed(ticks: number): boolean
  /** From the last PCR that was sent to the output value of this one; 0 before there was any. */
  clockStep(ticks: number): number
  /** The output goes on without any input: so much time passes in it, and what was sent is as far from it as before. */
  hold(ticks: number): void
  /** Too far from the main stream to belong to the same time. */
  isStray(ticks: number): boolean
  /** Same stream, reopened: what comes may have been sent before. */
  readonly isOverlapping: boolean
  /** What is added to the time of the present input; undefined until something of it is sent. */
  readonly offset: number | undefined
  readonly inputClock: number | undefined
  readonly outputTime: number | undefined
  readonly outputPresentation: number | undefined
  readonly outputClock: number | undefined
  /** Time of the input that has passed since it started, or since it was interrupted. */
  readonly waitedTicks: number
  snapshot(): TimelineState
}

export function createTimeline(resumed?: TimelineState): Timeline {
  let mainKind: StreamKind = 'video'
  const cadence = createCadence(resumed?.frameTicks ?? DEFAULT_FRAME_TICKS)
  let outputTime = resumed?.time
  let outputPresentation = resumed?.presentation
  let outputClock = resumed?.clock
  let offset = resumed?.offset ?? 0
  let clockOffset = offset
  /** Whether `offset` says how the source of the present input relates to the output. */
  let isOffsetOfSource = resumed?.offset !== undefined
  let hasBegun = false
  let overlapUntil: number | undefined
  let isLastMet = false
  let isSeam = false
  /** Units were sent in another order than that of their times, so the last time is not that of the last unit. */
  let isReordered = false
  /** A decoder has got something else since the last unit that was sent, so nothing can follow right behind that. */
  let wasHeld = false
  let inputTime: number | undefined
  /** Units with a PTS alone are decoded at it; if no unit has a DTS, that cannot be relied on. */
  let hasDecodeTimes = false
  let inputClock: number | undefined
  let isClockSettled = false
  let isClockHeld = false
  let isRunning = false
  let waitedTicks = 0

  function startInput(isSameStream: boolean, shiftTicks = 0): void {
    isOffsetOfSource &&= isSameStream
    offset = wrapTicks(offset + shiftTicks)
    hasBegun = false
    isLastMet = false
    isSeam = false
    overlapUntil = isOffsetOfSource && outputTime !== undefined ? wrapTicks(outputTime - offset) : undefined
    inputTime = undefined
    inputClock = undefined
    hasDecodeTimes = false
    interrupt()
  }

  function interrupt(): void {
    isRunning = false
    waitedTicks = 0
    cadence.interrupt()
  }

  function observeClock(ticks: number, isMarked: boolean): boolean {
    const step = inputClock === undefined ? 0 : ticksBetween(inputClock, ticks)
    inputClock = ticks
    if (step > (isMarked ? MARKED_JUMP_TICKS : JUMP_TICKS) || step < -TOLERATED_STEP_BACK_TICKS) return true
    if (!isRunning) waitedTicks += Math.max(step, 0)
    else if (!isClockSettled) settleClock(ticks)
    return false
  }

  function observeUnit(header: PesHeader, isMarked: boolean): boolean {
    hasDecodeTimes ||= header.dts !== undefined
    const ticks = header.dts ?? header.pts
    if (ticks === undefined) return false
    const step = inputTime === undefined ? 0 : ticksBetween(inputTime, ticks)
    const tolerance = hasDecodeTimes ? TOLERATED_STEP_BACK_TICKS : TOLERATED_REORDERING_TICKS
    inputTime = ticks
    if (step > (isMarked ? MARKED_JUMP_TICKS : JUMP_TICKS) || step < -tolerance) {
      const isClockOld = inputClock === undefined || Math.abs(ticksBetween(inputClock, ticks)) > JUMP_TICKS / 2
      if (isRunning && isClockOld) inputClock = undefined
      return true
    }
    if (!isRunning && inputClock === undefined) waitedTicks += Math.max(step, 0)
    cadence.observe(ticks)
    return false
  }

  function isOverlap(ticks: number): boolean {
    isSeam = false
    if (overlapUntil === undefined) return false
    const ahead = ticksBetween(overlapUntil, ticks)
    if (ahead <= 0 && ahead >= -MAX_OVERLAP_TICKS) {
      isLastMet ||= ahead === 0 && !isReordered && !wasHeld
      waitedTicks = 0
      return true
    }
    overlapUntil = undefined
    isSeam = isLastMet && ahead > 0
    isLastMet = false
    return false
  }

  function resume(header: PesHeader, kind: StreamKind, clockTicks: number | undefined): void {
    mainKind = kind
    clockOffset = offset
    enter(header.dts ?? header.pts)
    if (clockTicks !== undefined) settleClock(clockTicks)
  }

  function enter(ticks: number | undefined): void {
    hasBegun = true
    wasHeld = false
    isSeam = false
    isOffsetOfSource = true
    overlapUntil = undefined
    inputTime = ticks
    isRunning = true
    isClockSettled = false
  }

  function begin(header: PesHeader, kind: StreamKind, clockTicks: number | undefined): void {
    mainKind = kind
    const ticks = header.dts ?? header.pts
    offset = wrapTicks(offsetFor(ticks, clockTicks))
    if (header.pts !== undefined && outputPresentation !== undefined) {
      const earliest = outputPresentation + frameTicks()
      offset = wrapTicks(offset + Math.max(0, ticksBetween(wrapTicks(header.pts + offset), wrapTicks(earliest))))
    }
    clockOffset = offset
    enter(ticks)
    if (clockTicks === undefined) return

    settleClock(clockTicks)
    const isSharedBase = clockOffset === offset
    const stepBack = outputClock === undefined ? 0 : ticksBetween(wrapTicks(clockTicks + clockOffset), outputClock)
    if (stepBack <= TOLERATED_STEP_BACK_TICKS) return
    clockOffset = wrapTicks(clockOffset + stepBack)
    if (isSharedBase) offset = clockOffset
  }

  function offsetFor(ticks: number | undefined, clockTicks: number | undefined): number {
    if (ticks !== undefined && outputTime !== undefined) return outputTime + frameTicks() - ticks
    if (clockTicks !== undefined && outputClock !== undefined) return outputClock + frameTicks() - clockTicks
    if (ticks !== undefined && outputClock !== undefined) return outputClock + DEFAULT_LEAD_TICKS - ticks
    return 0
  }

  /** A lost picture makes a long step, so the shortest counts; a unit of sound holds several frames, so the longest. */
  function frameTicks(): number {
    return mainKind === 'video' ? cadence.shortestTicks : cadence.longestTicks
  }

  /** The clock moves with the time stamps, unless it plainly counts from somewhere else. */
  function settleClock(clockTicks: number): void {
    isClockSettled = true
    if (inputTime === undefined || Math.abs(ticksBetween(clockTicks, inputTime)) <= JUMP_TICKS) return
    clockOffset = wrapTicks(inputTime + offset - DEFAULT_LEAD_TICKS - clockTicks)
  }

  function moveMain(header: PesHeader): Pick<PesHeader, 'pts' | 'dts'> {
    const moved = move(header)
    if (moved.dts !== undefined) moved.dts = notBefore(outputTime, moved.dts)
    else if (moved.pts !== undefined && hasDecodeTimes) moved.pts = notBefore(outputTime, moved.pts)
    const time = moved.dts ?? moved.pts
    if (time !== undefined && outputTime !== undefined && ticksBetween(outputTime, time) < 0) isReordered = true
    if (time !== undefined) outputTime = notBefore(outputTime, time)
    if (moved.pts !== undefined) outputPresentation = notBefore(outputPresentation, moved.pts)
    return moved
  }

  function move(header: PesHeader): { pts: number | undefined; dts: number | undefined } {
    return {
      pts: header.pts === undefined ? undefined : wrapTicks(header.pts + offset),
      dts: header.dts === undefined ? undefined : wrapTicks(header.dts + offset),
    }
  }

  function moveClock(ticks: number): number {
    const moved = wrapTicks(ticks + clockOffset)
    isClockHeld = outputClock !== undefined && ticksBetween(outputClock, moved) < 0
    outputClock = isClockHeld ? wrapTicks(outputClock! + 1) : moved
    return outputClock
  }

  function isPassed(ticks: number): boolean {
    return isClockHeld && outputClock !== undefined && ticksBetween(outputClock, ticks) < 0
  }

  function clockStep(ticks: number): number {
    return outputClock === undefined ? 0 : ticksBetween(outputClock, wrapTicks(ticks + clockOffset))
  }

  function hold(ticks: number): void {
    const later = (time: number | undefined) => (time === undefined ? undefined : wrapTicks(time + ticks))
    outputTime = later(outputTime)
    outputPresentation = later(outputPresentation)
    outputClock = later(outputClock)
    offset = wrapTicks(offset + ticks)
    wasHeld = true
  }

  return {
    startInput,
    interrupt,
    observeClock,
    observeUnit,
    isOverlap,
    get isSeam() {
      return isSeam
    },
    begin,
    resume,
    moveMain,
    move,
    moveClock,
    isPassed,
    clockStep,
    hold,
    isStray: (ticks) => inputTime !== undefined && Math.abs(ticksBetween(inputTime, ticks)) > JUMP_TICKS,
    get isOverlapping() {
      return overlapUntil !== undefined
    },
    get offset() {
      return hasBegun ? offset : undefined
    },
    get inputClock() {
      return inputClock
    },
    get outputTime() {
      return outputTime
    },
    get outputPresentation() {
      return outputPresentation
    },
    get outputClock() {
      return outputClock
    },
    get waitedTicks() {
      return waitedTicks
    },
    snapshot: () => ({
      time: outputTime,
      presentation: outputPresentation,
      clock: outputClock,
      offset: isOffsetOfSource ? offset : undefined,
      frameTicks: frameTicks(),
    }),
  }
}

function notBefore(earliest: number | undefined, ticks: number): number {
  return earliest !== undefined && ticksBetween(earliest, ticks) < 0 ? earliest : ticks
}
