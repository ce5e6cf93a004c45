import { ticksBetween } from '@kptv/mpegts'
import type { SegmentRecord } from '../segment-list.ts'
import type { MadeSegment } from './fmp4-output.ts'

export type Fmp4SeriesOptions = {
  /** The last segment that was made, by any node. */
  readonly lastMade: () => SegmentRecord | undefined
  readonly onMade: (made: MadeSegment) => void
  /** It could not be made; it is tried again after a pause. */
  readonly onFailed: () => void
}

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 30_000

/** One format that is wanted: how far it has come, and when it may be made. */
export class Fmp4Series {
  readonly #options: Fmp4SeriesOptions
  #failures = 0
  #restsUntilMs = 0
  /** Earlier segments were made, or cannot be. */
  #firstNumber = 0
  #hasMadeInRun = false

  constructor(options: Fmp4SeriesOptions) {
    this.#options = options
  }

  isResting(nowMs: number): boolean {
    return nowMs < this.#restsUntilMs
  }

  /** Number of the last segment that was made, by any node. */
  get lastNumber(): number {
    return this.#options.lastMade()?.number ?? 0
  }

  /** Only segments with higher numbers are needed. */
  get after(): number {
    return Math.max(this.lastNumber, this.#firstNumber - 1)
  }

  /**
   * Decode time of a segment: the clock continues from the last one that was made, even if it has
   * restarted since.
   */
  startTicks({ ticks }: SegmentRecord): number {
    const last = this.#options.lastMade()
    if (last?.fmp4 === undefined) return ticks
    return Math.max(ticks, last.fmp4.startTicks + ticksBetween(last.ticks, ticks))
  }

  /** An ffmpeg starts. */
  begin(): void {
    this.#hasMadeInRun = false
  }

  take(made: MadeSegment): void {
    if (made.source.number <= this.after) return
    this.#failures = 0
    this.#hasMadeInRun = true
    this.#options.onMade(made)
  }

  /** What was not made up to here will not be. */
  skip(number: number): void {
    this.#firstNumber = Math.max(this.#firstNumber, number)
  }

  /** @param newest number of the newest segment */
  fail(nowMs: number, newest: number): void {
    if (!this.#hasMadeInRun) this.skip(newest)
    this.#restsUntilMs = nowMs + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#options.onFailed()
  }
}
