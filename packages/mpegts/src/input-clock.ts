/**
 * The time of one input: its PCR (ISO/IEC 13818-1, 2.4.2.2), the times of its main stream, and
 * where they break.
 */
import type { Cadence } from './cadence.ts'
import { type PesHeader, TICKS_PER_SECOND, ticksBetween } from './timestamps.ts'

/** Beyond this the clock of an input has jumped; a shorter step forward is a gap. */
export const JUMP_TICKS = 10 * TICKS_PER_SECOND
/**
 * The same where discontinuity_indicator announces it. An indicator without a step means nothing to
 * us.
 */
const MARKED_JUMP_TICKS = TICKS_PER_SECOND
/** Times that step back less than this are inexact; they are held, not treated as a jump. */
export const TOLERATED_STEP_BACK_TICKS = TICKS_PER_SECOND / 10
/** Without any DTS, the order of frames in time is not their order in the stream. */
const TOLERATED_REORDERING_TICKS = TICKS_PER_SECOND

export class InputClock {
  /** Of the last unit of the main stream. */
  unitTicks: number | undefined
  /** The last PCR. */
  clockTicks: number | undefined
  /** Units with a PTS alone are decoded at it; if no unit has a DTS, that cannot be relied on. */
  hasDecodeTimes = false
  /** Time since the input started, or since it broke, while none of it was sent. */
  waitedTicks = 0

  /** A PCR. True if the clock has jumped. */
  observeClock(ticks: number, isMarked: boolean, isRunning: boolean): boolean {
    const step = this.clockTicks === undefined ? 0 : ticksBetween(this.clockTicks, ticks)
    this.clockTicks = ticks
    if (step > (isMarked ? MARKED_JUMP_TICKS : JUMP_TICKS) || step < -TOLERATED_STEP_BACK_TICKS) return true
    if (!isRunning) this.waitedTicks += Math.max(step, 0)
    return false
  }

  /** A unit of the main stream. True if its time has jumped. */
  observeUnit(header: PesHeader, isMarked: boolean, isRunning: boolean, cadence: Cadence): boolean {
    this.hasDecodeTimes ||= header.dts !== undefined
    const ticks = header.dts ?? header.pts
    if (ticks === undefined) return false
    const step = this.unitTicks === undefined ? 0 : ticksBetween(this.unitTicks, ticks)
    const tolerance = this.hasDecodeTimes ? TOLERATED_STEP_BACK_TICKS : TOLERATED_REORDERING_TICKS
    this.unitTicks = ticks
    if (step > (isMarked ? MARKED_JUMP_TICKS : JUMP_TICKS) || step < -tolerance) {
      const isClockOld =
        this.clockTicks === undefined || Math.abs(ticksBetween(this.clockTicks, ticks)) > JUMP_TICKS / 2
      if (isRunning && isClockOld) this.clockTicks = undefined
      return true
    }
    if (!isRunning && this.clockTicks === undefined) this.waitedTicks += Math.max(step, 0)
    cadence.observe(ticks)
    return false
  }

  /** Too far from the main stream to belong to the same time. */
  isStray(ticks: number): boolean {
    return this.unitTicks !== undefined && Math.abs(ticksBetween(this.unitTicks, ticks)) > JUMP_TICKS
  }
}
