import { type PacketView, ticksBetween } from './packet-view.ts'

export type ClockFault = {
  readonly kind: 'backward' | 'jump' | 'off-clock'
  readonly clock: 'pcr' | 'pts' | 'dts'
  readonly pid: number
  readonly packet: number
  /** From the value before; `off-clock`: from the clock. */
  readonly stepMs: number
}

/** TR 101 290, 2.3b and 2.5. */
const MAX_PCR_STEP_MS = 100
const MAX_STAMP_STEP_MS = 700
/**
 * A decoder's buffer holds no more than this between a packet's clock and its timestamp (ISO/IEC
 * 13818-1, 2.4.2.6: 1 s; still pictures 60 s).
 */
const MAX_AHEAD_OF_CLOCK_MS = 10_000

/** The place of a packet, and what is known about it. */
type PacketContext = {
  readonly packet: number
  readonly pcrPid: number | undefined
  readonly isMedia: boolean
  /** When it came. */
  readonly atMs: number
  /** Media of the same stream is missing right before it. */
  readonly isBehindLoss: boolean
}

/**
 * Follows PCR, PTS and DTS; 33-bit wrap is no step. Media that never came leaves a hole in the
 * clocks, which is no jump as long as a viewer had to wait for as long: to a player, its time went
 * by.
 */
export class ClockCheck {
  readonly counts = { pcrs: 0, pcrBackward: 0, pcrJumps: 0, stampBackward: 0, stampJumps: 0, stampsOffClock: 0 }
  readonly firstFaults: ClockFault[] = []
  longestPcrIntervalMs = 0
  #pcr = new Map<number, { readonly ticks: number; readonly atMs: number }>()
  #stamps = new Map<string, { readonly ticks: number; readonly atMs: number }>()
  #programClockTicks: number | undefined
  #missedTicks = 0

  /** The last PCR of the program less the holes of media that never came, in ticks. */
  get playedTicks(): number | undefined {
    return this.#programClockTicks === undefined ? undefined : this.#programClockTicks - this.#missedTicks
  }

  push(view: PacketView, context: PacketContext): void {
    if (view.pcrTicks !== undefined) this.#pushPcr(view, context)
    if (view.pes === undefined || !context.isMedia) return
    const { ptsTicks, dtsTicks } = view.pes
    const decode = dtsTicks ?? ptsTicks
    if (decode === undefined) return
    const clock = dtsTicks === undefined ? 'pts' : 'dts'
    this.#pushStamp(view, { clock, ticks: decode, ...context })
    if (dtsTicks !== undefined && ptsTicks !== undefined) {
      // PTS of reordered frames goes back and forth; it may only not precede its own DTS.
      const aheadMs = ticksBetween(dtsTicks, ptsTicks) / 90
      if (aheadMs < 0 || aheadMs > MAX_AHEAD_OF_CLOCK_MS) this.counts.stampsOffClock++
    }
  }

  #pushPcr(view: PacketView, context: PacketContext): void {
    const ticks = view.pcrTicks!
    this.counts.pcrs++
    const last = this.#pcr.get(view.pid)
    this.#pcr.set(view.pid, { ticks, atMs: context.atMs })
    if (context.pcrPid === undefined || view.pid === context.pcrPid) this.#programClockTicks = ticks
    if (last === undefined || view.isDiscontinuity) return
    const stepMs = ticksBetween(last.ticks, ticks) / 90
    const isHole = context.isBehindLoss && stepMs > MAX_PCR_STEP_MS
    if (isHole && stepMs - (context.atMs - last.atMs) <= MAX_STAMP_STEP_MS) {
      this.#missedTicks += stepMs * 90
      return
    }
    const fault = { clock: 'pcr', pid: view.pid, packet: context.packet, stepMs } as const
    if (stepMs < 0) {
      this.counts.pcrBackward++
      this.#note({ kind: 'backward', ...fault })
    } else if (stepMs > MAX_PCR_STEP_MS) {
      this.counts.pcrJumps++
      this.#note({ kind: 'jump', ...fault })
    }
    if (stepMs >= 0) this.longestPcrIntervalMs = Math.max(this.longestPcrIntervalMs, stepMs)
  }

  #pushStamp(view: PacketView, stamp: PacketContext & { readonly clock: 'pts' | 'dts'; readonly ticks: number }): void {
    // One line for each PID: an encoder may leave out a DTS that equals its PTS.
    const key = String(view.pid)
    const last = this.#stamps.get(key)
    this.#stamps.set(key, stamp)
    const fault = { clock: stamp.clock, pid: view.pid, packet: stamp.packet }
    if (last !== undefined) {
      const stepMs = ticksBetween(last.ticks, stamp.ticks) / 90
      const missedMs = stamp.isBehindLoss ? stamp.atMs - last.atMs : 0
      if (stepMs < 0) {
        this.counts.stampBackward++
        this.#note({ kind: 'backward', ...fault, stepMs })
      } else if (stepMs - missedMs > MAX_STAMP_STEP_MS) {
        this.counts.stampJumps++
        this.#note({ kind: 'jump', ...fault, stepMs })
      }
    }
    if (this.#programClockTicks === undefined) return
    const aheadMs = ticksBetween(this.#programClockTicks, stamp.ticks) / 90
    if (aheadMs >= 0 && aheadMs <= MAX_AHEAD_OF_CLOCK_MS) return
    this.counts.stampsOffClock++
    this.#note({ kind: 'off-clock', ...fault, stepMs: aheadMs })
  }

  #note(fault: ClockFault): void {
    if (this.firstFaults.length < 20) this.firstFaults.push(fault)
  }
}
