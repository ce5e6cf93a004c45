/**
 * Which media of an input was sent before: a provider repeats its last seconds to a client that
 * connects again.
 */
import { TICKS_PER_MS, TICKS_PER_SECOND, ticksBetween } from './timestamps.ts'

/** Providers send up to the last 15 s again after a reconnect. */
const MAX_OVERLAP_TICKS = 20 * TICKS_PER_SECOND
/**
 * Repeated media comes as fast as the line allows. Media that comes in real time for this long is
 * new, in spite of its clock.
 */
const PACE_WINDOW_MS = 1_000
const MAX_PACE = 1.5
/** After a longer pause the pace means nothing: some streams come in bursts. */
const MAX_PAUSE_MS = 500

/**
 * `sent`: viewers have had it · `last`: it is the very last unit that they have had, or the start
 * of it · `new`: they have not · `renewed`: its clock says that they have had it, but it comes at
 * the pace of live media: the clock restarted.
 */
export type OverlapVerdict = 'sent' | 'last' | 'new' | 'renewed'

export type OverlapOptions = {
  /** Time of the last unit that was sent, in the time of the input. */
  readonly untilTicks: number
  /** Whether the output can go on right behind that unit. */
  readonly canMeetLast: boolean
  /** The input's clock is the output's: it never restarts. */
  readonly isClockTrusted: boolean
  /** Without it the pace is not known. */
  readonly monotonicMs: (() => number) | undefined
}

export class Overlap {
  readonly #options: OverlapOptions
  #window: { readonly atMs: number; readonly ticks: number } | undefined
  #lastAtMs = 0

  constructor(options: OverlapOptions) {
    this.#options = options
  }

  /** @param ticks decode time of the next unit of the main stream */
  judge(ticks: number): OverlapVerdict {
    const { untilTicks, canMeetLast, isClockTrusted } = this.#options
    const ahead = ticksBetween(untilTicks, ticks)
    if (ahead > 0 || (!isClockTrusted && ahead < -MAX_OVERLAP_TICKS)) return 'new'
    if (ahead === 0 && canMeetLast) return 'last'
    return !isClockTrusted && this.#comesAtPace(ticks) ? 'renewed' : 'sent'
  }

  #comesAtPace(ticks: number): boolean {
    const atMs = this.#options.monotonicMs?.()
    if (atMs === undefined) return false
    const pauseMs = atMs - this.#lastAtMs
    this.#lastAtMs = atMs
    const windowTicks = this.#window === undefined ? -1 : ticksBetween(this.#window.ticks, ticks)
    if (this.#window === undefined || pauseMs > MAX_PAUSE_MS || windowTicks < 0) {
      this.#window = { atMs, ticks }
      return false
    }
    const elapsedMs = atMs - this.#window.atMs
    if (elapsedMs < PACE_WINDOW_MS) return false
    this.#window = { atMs, ticks }
    return windowTicks / TICKS_PER_MS <= MAX_PACE * elapsedMs
  }
}
