/** The priorities of players without a connection: each counts for a while after a request. */
export class HeardPriorities {
  readonly #lifetimeMs: number
  readonly #monotonicMs: () => number
  readonly #heardAtMs = new Map<number, number>()

  constructor(lifetimeMs: number, monotonicMs: () => number) {
    this.#lifetimeMs = lifetimeMs
    this.#monotonicMs = monotonicMs
  }

  heard(priority: number): void {
    this.#heardAtMs.set(priority, this.#monotonicMs())
  }

  /** 0 if none has sent a request lately. */
  get highest(): number {
    const oldestMs = this.#monotonicMs() - this.#lifetimeMs
    for (const [priority, atMs] of this.#heardAtMs) if (atMs < oldestMs) this.#heardAtMs.delete(priority)
    return Math.max(0, ...this.#heardAtMs.keys())
  }
}
