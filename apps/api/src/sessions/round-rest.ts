/**
 * The rest before a round of attempts. One that is interrupted, because a slot is in sight, goes on
 * where it was.
 */
export class RoundRest {
  readonly #now: () => number
  readonly #onRested: () => void
  #present: { readonly round: number; readonly endsAtMs: number } | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param now monotonic milliseconds */
  constructor(now: () => number, onRested: () => void) {
    this.#now = now
    this.#onRested = onRested
  }

  /** @param lengthMs of the rest, unless it has begun already */
  before(round: number, lengthMs: number): void {
    if (this.#present?.round !== round) this.#present = { round, endsAtMs: this.#now() + lengthMs }
    clearTimeout(this.#timer)
    const end = (): void => {
      this.#present = undefined
      this.#onRested()
    }
    this.#timer = setTimeout(end, Math.max(0, this.#present.endsAtMs - this.#now()))
  }

  /** Something else is done meanwhile. */
  interrupt(): void {
    clearTimeout(this.#timer)
  }

  /** The next rest is a new one. */
  forget(): void {
    this.interrupt()
    this.#present = undefined
  }
}
