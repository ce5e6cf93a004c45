import { type Clock, pause } from '@kptv/clock'

/** Until the next try; doubled each time, so that no provider is hammered. */
const TRY_AGAIN_MS = 1_000
/** For all tries of a request: players wait longer than that. */
const PATIENCE_MS = 10_000

/** The pauses of one request between tries that may soon succeed. */
export class Patience {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #endsAtMs: number
  #pauseMs = TRY_AGAIN_MS

  /** @param signal nobody waits for the request any more */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    this.#endsAtMs = clock.monotonicMs() + PATIENCE_MS
  }

  /** @returns after a pause, whether to try again; false at once when there is no time for it */
  async pause(): Promise<boolean> {
    if (this.#clock.monotonicMs() + this.#pauseMs > this.#endsAtMs) return false
    await pause(this.#clock, this.#pauseMs, this.#signal)
    this.#pauseMs *= 2
    return !this.#signal.aborted
  }
}
