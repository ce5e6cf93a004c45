/**
 * How far a stream is ahead of real time, by its own clock: the media that a player of it has in
 * hand.
 */

/**
 * A lead that lasted for this long is the stream's beginning, not a burst; and two clocks never
 * agree for ever.
 */
const MEMORY_MS = 30_000
/**
 * Less than this share of real time for this long, with nothing left in hand, starves every player.
 */
const TRICKLE_SHARE = 0.7
const TRICKLE_WINDOW_MS = 10_000
const BURSTS_IN_WINDOW = 4

export class MediaLead {
  /** The last time without new media. */
  #startMs: number
  #window: Array<{ readonly atMs: number; readonly mediaMs: number }> = []
  #leadMs = 0
  #inHandMs = 0
  /** The least lead of this half minute and of the previous one. */
  #lowest = { sinceMs: 0, nowMs: 0, beforeMs: 0 }

  constructor(startMs: number) {
    this.#startMs = startMs
  }

  /** Several times a second. `mediaMs`: the progress of the stream's clock. */
  observe(mediaMs: number, atMs: number): void {
    if (mediaMs === 0) {
      this.#startMs = atMs
      this.#lowest.sinceMs = atMs
      return
    }
    const hasProgress = this.#window.at(-1)?.mediaMs !== mediaMs
    this.#leadMs = mediaMs - (atMs - this.#startMs)
    this.#window.push({ atMs, mediaMs })
    if (atMs - this.#lowest.sinceMs > MEMORY_MS) {
      this.#lowest = { sinceMs: atMs, nowMs: this.#leadMs, beforeMs: this.#lowest.nowMs }
    }
    if (hasProgress) this.#inHandMs = Math.max(0, this.#leadMs - Math.min(this.#lowest.nowMs, this.#lowest.beforeMs))
    this.#lowest.nowMs = Math.min(this.#lowest.nowMs, this.#leadMs)
  }

  /** When the clock last moved: the lead at that time. */
  get inHandMs(): number {
    return this.#inHandMs
  }

  /**
   * @param longestPauseMs of the stream so far: the window must hold several bursts, or it sees
   * mostly the pause
   * @param stallMs how long a pause may be
   */
  isTrickle(longestPauseMs: number, stallMs: number): boolean {
    const windowMs = Math.max(TRICKLE_WINDOW_MS, BURSTS_IN_WINDOW * longestPauseMs, 2 * stallMs)
    const newest = this.#window.at(-1)
    if (newest === undefined) return false
    const keep = this.#window.findLastIndex((one) => newest.atMs - one.atMs >= windowMs)
    if (keep > 0) this.#window = this.#window.slice(keep)
    const oldest = this.#window[0]!
    const elapsedMs = newest.atMs - oldest.atMs
    if (elapsedMs < windowMs || this.#leadMs > 0) return false
    return newest.mediaMs - oldest.mediaMs < TRICKLE_SHARE * elapsedMs
  }
}
