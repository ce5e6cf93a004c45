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
/** After a longer pause only the pace since the start of the input counts: some come in bursts. */
const MAX_PAUSE_MS = 500

/**
 * `sent`: viewers have had it · `last`: it is the very last unit that they have had, or the start
 * of it · `new`: they have not · `renewed`: its clock says that they have had it, but it comes at
 * the pace of live media: the clock restarted.
 */
export type OverlapVerdict = 'sent' | 'last' | 'new' | 'renewed'

type OverlapOptions = {
  /** Time of the last unit that was sent, in the time of the input. */
  readonly untilTicks: number
  /** Whether the output can continue right after that unit. */
  readonly canMeetLast: boolean
  /** The input's clock is the output's: it never restarts. */
  readonly isClockTrusted: boolean
  /** Without it the pace is not known. */
  readonly monotonicMs: (() => number) | undefined
}

type Moment = { readonly atMs: number; readonly ticks: number }

export class Overlap {
  readonly #options: OverlapOptions
  #first: Moment | undefined
  #window: Moment | undefined
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
    const now = { atMs, ticks }
    const isPause = atMs - this.#lastAtMs > MAX_PAUSE_MS
    this.#lastAtMs = atMs
    this.#first ??= now
    const since = isPause ? this.#first : this.#window
    if (isPause || since === undefined || ticksBetween(since.ticks, ticks) < 0) this.#window = now
    if (since === undefined || atMs - since.atMs < PACE_WINDOW_MS) return false
    this.#window = now
    return isAtPace(since, now)
  }
}

function isAtPace(since: Moment, now: Moment): boolean {
  const ticks = ticksBetween(since.ticks, now.ticks)
  return ticks >= 0 && ticks / TICKS_PER_MS <= MAX_PACE * (now.atMs - since.atMs)
}
