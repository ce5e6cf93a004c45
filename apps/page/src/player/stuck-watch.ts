/** Null packets, which viewers of a silent channel get, come at a far lower rate. */
const MIN_MEDIA_BITS_PER_SECOND = 100_000
/** Seconds of media that arrive while the video stands still. */
const STUCK_S = 4

/** What is seen of a player, once a second. */
export type Sample = {
  /** Of the video, in seconds. */
  readonly currentTime: number
  readonly bitsPerSecond: number
  readonly isPaused: boolean
}

/**
 * Finds players that get media and will never show it. Browsers play only while they have both
 * video and audio, so the video waits for good when the audio leaves, or comes in a codec that the
 * running player does not take.
 */
export class StuckWatch {
  #seconds = 0
  #currentTime = -1

  /** @returns whether the player is stuck; called once a second */
  isStuck({ currentTime, bitsPerSecond, isPaused }: Sample): boolean {
    const isStanding = !isPaused && currentTime === this.#currentTime && bitsPerSecond > MIN_MEDIA_BITS_PER_SECOND
    this.#seconds = isStanding ? this.#seconds + 1 : 0
    this.#currentTime = currentTime
    return this.#seconds >= STUCK_S
  }
}
