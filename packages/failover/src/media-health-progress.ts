/** How long a value has not changed, and the longest time between two changes so far. */
export class Progress {
  #value = 0
  #atMs: number
  #changes = 0
  #longestMs = 0

  constructor(startMs: number) {
    this.#atMs = startMs
  }

  observe(value: number, nowMs: number): void {
    if (value === this.#value) return
    if (this.#changes > 0) this.#longestMs = Math.max(this.#longestMs, nowMs - this.#atMs)
    this.#changes += 1
    this.#value = value
    this.#atMs = nowMs
  }

  /** It need not change before now: the time until now does not count. */
  restart(nowMs: number): void {
    this.#atMs = nowMs
    this.#changes = 0
  }

  standsMs(nowMs: number): number {
    return nowMs - this.#atMs
  }

  get longestMs(): number {
    return this.#longestMs
  }
}
