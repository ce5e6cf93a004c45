import type { Clock } from '@kptv/clock'

/**
 * The rest before a round of attempts. After an interruption, because a slot is in sight, it
 * resumes.
 */
export class RoundRest {
  readonly #clock: Clock
  readonly #onRested: () => void
  #present: { readonly round: number; readonly endsAtMs: number } | undefined
  #cancel: (() => void) | undefined

  constructor(clock: Clock, onRested: () => void) {
    this.#clock = clock
    this.#onRested = onRested
  }

  /** @param lengthMs of the rest, unless it has begun already */
  before(round: number, lengthMs: number): void {
    if (this.#present?.round !== round) this.#present = { round, endsAtMs: this.#clock.monotonicMs() + lengthMs }
    this.#cancel?.()
    this.#cancel = this.#clock.after(Math.max(0, this.#present.endsAtMs - this.#clock.monotonicMs()), () => {
      this.#present = undefined
      this.#onRested()
    })
  }

  /** The session does something else for now. */
  interrupt(): void {
    this.#cancel?.()
  }

  /** The next rest is a new one. */
  forget(): void {
    this.interrupt()
    this.#present = undefined
  }
}
