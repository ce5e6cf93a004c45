/**
 * Maps the time of each input to one output time that runs on: PCR (ISO/IEC 13818-1, 2.4.2.2), PTS
 * and DTS (2.4.3.7). All values are ticks of 90 kHz, 33 bits.
 *
 * Invariant: within an input one offset moves all times, and no time of the output is earlier than
 * the one before it.
 */
import { type Cadence, createCadence } from './cadence.ts'
import type { StreamKind } from './codecs.ts'
import { InputClock, JUMP_TICKS, TOLERATED_STEP_BACK_TICKS } from './input-clock.ts'
import { Overlap, type OverlapVerdict } from './overlap.ts'
import type { InputRelation, TimelineState } from './timeline-state.ts'
import { type PesHeader, TICKS_PER_SECOND, ticksBetween, wrapTicks } from './timestamps.ts'

/**
 * How far the clock is put before decode time where the input's clock has nothing to do with its
 * timestamps.
 */
const DEFAULT_LEAD_TICKS = TICKS_PER_SECOND / 2
const DEFAULT_FRAME_TICKS = TICKS_PER_SECOND / 25

type Times = { pts: number | undefined; dts: number | undefined }

export class Timeline {
  readonly #monotonicMs: (() => number) | undefined
  #input = new InputClock()
  #overlap: Overlap | undefined
  #isRunning = false
  #hasBegun = false
  #keepsClock = false
  #mainKind: StreamKind = 'video'
  readonly #cadence: Cadence
  #time: number | undefined
  #presentation: number | undefined
  #clock: number | undefined
  #offset: number
  #clockOffset: number
  /** Whether `#offset` says how the source of the current input relates to the output. */
  #isOffsetOfSource: boolean
  #canMeetLast: boolean
  #isClockSettled = false
  #isClockHeld = false

  constructor(resumed: TimelineState | undefined, monotonicMs: (() => number) | undefined) {
    this.#monotonicMs = monotonicMs
    this.#cadence = createCadence(DEFAULT_FRAME_TICKS, resumed?.frameSteps)
    this.#time = resumed?.time
    this.#presentation = resumed?.presentation
    this.#clock = resumed?.clock
    this.#offset = resumed?.offset ?? 0
    this.#clockOffset = this.#offset
    this.#isOffsetOfSource = resumed?.offset !== undefined
    this.#canMeetLast = resumed?.canMeetLast ?? true
  }

  startInput({ sameStream, shiftTicks, keepsClock }: InputRelation): void {
    this.#keepsClock = keepsClock
    this.#isOffsetOfSource = keepsClock || (this.#isOffsetOfSource && sameStream)
    this.#offset = keepsClock ? 0 : wrapTicks(this.#offset + shiftTicks)
    this.#hasBegun = false
    this.#input = new InputClock()
    this.#overlap =
      this.#isOffsetOfSource && this.#time !== undefined
        ? new Overlap({
            untilTicks: wrapTicks(this.#time - this.#offset),
            canMeetLast: sameStream && this.#canMeetLast,
            isClockTrusted: keepsClock,
            monotonicMs: this.#monotonicMs,
          })
        : undefined
    this.interrupt()
  }

  /** The input continues, but its time does not: until {@link begin}, nothing is sent. */
  interrupt(): void {
    this.#isRunning = false
    this.#input.waitedTicks = 0
    this.#cadence.interrupt()
  }

  /** A PCR of the input. True if it has jumped. */
  observeClock(ticks: number, isMarked: boolean): boolean {
    if (this.#input.observeClock(ticks, isMarked, this.#isRunning)) return true
    if (this.#isRunning && !this.#isClockSettled) this.#settleClock(ticks)
    return false
  }

  /** A unit of the main stream. True if its time has jumped. */
  observeUnit(header: PesHeader, isMarked: boolean): boolean {
    return this.#input.observeUnit(header, isMarked, this.#isRunning, this.#cadence)
  }

  /** Called while viewers may have had the unit with this decode time. */
  meet(ticks: number): OverlapVerdict {
    const verdict = this.#overlap?.judge(ticks) ?? 'new'
    if (verdict === 'sent') this.#input.waitedTicks = 0
    else this.#overlap = undefined
    return verdict
  }

  /**
   * Sets the offset so that the unit is decoded one frame after the last one that was sent. It
   * comes later than that only where it would be shown before a frame that was sent, or where the
   * clock would step back.
   */
  begin(header: PesHeader, kind: StreamKind): void {
    this.#mainKind = kind
    const ticks = header.dts ?? header.pts
    const { clockTicks } = this.#input
    if (!this.#keepsClock) this.#offset = wrapTicks(this.#offsetFor(ticks, clockTicks))
    if (!this.#keepsClock && header.pts !== undefined && this.#presentation !== undefined) {
      const earliest = wrapTicks(this.#presentation + this.#frameTicks())
      const isEarlyBy = ticksBetween(wrapTicks(header.pts + this.#offset), earliest)
      this.#offset = wrapTicks(this.#offset + Math.max(0, isEarlyBy))
    }
    this.#enter(ticks)
    if (clockTicks === undefined) return
    this.#settleClock(clockTicks)
    if (!this.#keepsClock) this.#avoidStepBack(clockTicks)
  }

  /**
   * Continues in the time of the output, as if there had been no other input: the last unit has
   * come again.
   */
  resume(header: PesHeader, kind: StreamKind): void {
    this.#mainKind = kind
    this.#enter(header.dts ?? header.pts)
    if (this.#input.clockTicks !== undefined) this.#settleClock(this.#input.clockTicks)
  }

  /** The tables name another main stream of the same time: a radio that gets video, or loses it. */
  changeMain(kind: StreamKind, lastTicks: number | undefined): void {
    this.#mainKind = kind
    this.#time = lastTicks
    this.#presentation = lastTicks
    this.#input.unitTicks = undefined
    this.#input.hasDecodeTimes = false
    this.#cadence.interrupt()
  }

  /** Output times of a unit of the main stream; never earlier than the ones before. */
  moveMain(header: PesHeader): Times {
    const moved = this.move(header)
    const exact = moved.dts ?? moved.pts
    if (moved.dts !== undefined) moved.dts = notBefore(this.#time, moved.dts)
    else if (moved.pts !== undefined && this.#input.hasDecodeTimes) moved.pts = notBefore(this.#time, moved.pts)
    const time = moved.dts ?? moved.pts
    if (time !== undefined) {
      // Without decode times, or with held ones, the last time may not be that of the last unit.
      this.#canMeetLast = this.#time === undefined || ticksBetween(this.#time, exact!) > 0
      this.#time = notBefore(this.#time, time)
    }
    if (moved.pts !== undefined) this.#presentation = notBefore(this.#presentation, moved.pts)
    return moved
  }

  /** The same for any other stream; the caller looks after its order. */
  move({ pts, dts }: PesHeader): Times {
    return {
      pts: pts === undefined ? undefined : wrapTicks(pts + this.#offset),
      dts: dts === undefined ? undefined : wrapTicks(dts + this.#offset),
    }
  }

  /** Output value of a PCR; never earlier than the ones before. */
  moveClock(ticks: number): number {
    const moved = wrapTicks(ticks + this.#clockOffset)
    this.#isClockHeld = this.#clock !== undefined && ticksBetween(this.#clock, moved) < 0
    this.#clock = this.#isClockHeld ? wrapTicks(this.#clock! + 1) : moved
    return this.#clock
  }

  /**
   * The clock of the output waits until that of the input has caught up, and a unit of this time
   * would be late.
   */
  isPassed(ticks: number): boolean {
    return this.#isClockHeld && this.#clock !== undefined && ticksBetween(this.#clock, ticks) < 0
  }

  /** From the last PCR that was sent to the output value of the input's; 0 before there was any. */
  get clockStep(): number {
    const { clockTicks } = this.#input
    if (this.#clock === undefined || clockTicks === undefined) return 0
    return ticksBetween(this.#clock, wrapTicks(clockTicks + this.#clockOffset))
  }

  /**
   * The output continues without any input: its time advances by `ticks`, and all earlier times
   * move with it.
   */
  hold(ticks: number): void {
    const later = (time: number | undefined) => (time === undefined ? undefined : wrapTicks(time + ticks))
    this.#time = later(this.#time)
    this.#presentation = later(this.#presentation)
    this.#clock = later(this.#clock)
    this.#offset = wrapTicks(this.#offset + ticks)
    this.#canMeetLast = false
  }

  isStray(ticks: number): boolean {
    return this.#input.isStray(ticks)
  }

  /** Media of the input may have been sent before. */
  get isOverlapping(): boolean {
    return this.#overlap !== undefined
  }

  /** The offset added to the time of the current input; undefined until something of it is sent. */
  get offset(): number | undefined {
    return this.#hasBegun ? this.#offset : undefined
  }

  get keepsClock(): boolean {
    return this.#keepsClock
  }

  get inputClock(): number | undefined {
    return this.#input.clockTicks
  }

  get outputTime(): number | undefined {
    return this.#time
  }

  get outputPresentation(): number | undefined {
    return this.#presentation
  }

  get outputClock(): number | undefined {
    return this.#clock
  }

  get waitedTicks(): number {
    return this.#input.waitedTicks
  }

  snapshot(): TimelineState {
    return {
      time: this.#time,
      presentation: this.#presentation,
      clock: this.#clock,
      offset: this.#isOffsetOfSource ? this.#offset : undefined,
      frameSteps: [...this.#cadence.steps],
      canMeetLast: this.#canMeetLast,
    }
  }

  #enter(ticks: number | undefined): void {
    this.#clockOffset = this.#offset
    this.#hasBegun = true
    this.#canMeetLast = true
    this.#isOffsetOfSource = true
    this.#overlap = undefined
    this.#input.unitTicks = ticks
    this.#isRunning = true
    this.#isClockSettled = false
  }

  #offsetFor(ticks: number | undefined, clockTicks: number | undefined): number {
    if (ticks !== undefined && this.#time !== undefined) return this.#time + this.#frameTicks() - ticks
    if (clockTicks !== undefined && this.#clock !== undefined) return this.#clock + this.#frameTicks() - clockTicks
    if (ticks !== undefined && this.#clock !== undefined) return this.#clock + DEFAULT_LEAD_TICKS - ticks
    return 0
  }

  /**
   * A lost frame makes a long step, so the shortest counts; a unit of audio holds several frames,
   * so the longest.
   */
  #frameTicks(): number {
    return this.#mainKind === 'video' ? this.#cadence.shortestTicks : this.#cadence.longestTicks
  }

  /** The clock moves with the timestamps, unless it clearly has another origin. */
  #settleClock(clockTicks: number): void {
    this.#isClockSettled = true
    const { unitTicks } = this.#input
    if (unitTicks === undefined || Math.abs(ticksBetween(clockTicks, unitTicks)) <= JUMP_TICKS) return
    this.#clockOffset = wrapTicks(unitTicks + this.#offset - DEFAULT_LEAD_TICKS - clockTicks)
  }

  #avoidStepBack(clockTicks: number): void {
    const isSharedBase = this.#clockOffset === this.#offset
    const stepBack =
      this.#clock === undefined ? 0 : ticksBetween(wrapTicks(clockTicks + this.#clockOffset), this.#clock)
    if (stepBack <= TOLERATED_STEP_BACK_TICKS) return
    this.#clockOffset = wrapTicks(this.#clockOffset + stepBack)
    if (isSharedBase) this.#offset = this.#clockOffset
  }
}

function notBefore(earliest: number | undefined, ticks: number): number {
  return earliest !== undefined && ticksBetween(earliest, ticks) < 0 ? earliest : ticks
}
