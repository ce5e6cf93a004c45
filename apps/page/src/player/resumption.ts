/** In a row, before a video has failed for good. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000]
/** A failure so far from the last one is another one. */
const ELSEWHERE_S = 10

/**
 * Whether a video that had played is resumed where it failed. Browsers give a file up for good when
 * one request of it is refused, as a seek may be while something restarts.
 */
export class Resumption {
  #tries = 0
  #failedAtS = Number.NEGATIVE_INFINITY

  /**
   * @param atS where the video is, in seconds; 0 if it has not played
   * @returns the pause before the next try, in ms; undefined: it has failed for good
   */
  nextPauseMs(atS: number): number | undefined {
    if (atS === 0) return undefined
    if (Math.abs(atS - this.#failedAtS) > ELSEWHERE_S) this.#tries = 0
    this.#failedAtS = atS
    const pauseMs = PAUSES_MS[this.#tries]
    this.#tries += 1
    return pauseMs
  }
}
