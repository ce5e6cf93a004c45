export type LingerOptions = {
  /** Nobody watches or waits here. */
  readonly isEmpty: () => boolean
  /** The same on all nodes. */
  readonly isDeserted: () => boolean
  readonly lingerMs: () => number
  readonly onOver: () => void
}

/** Between two looks whether other nodes still take the channel from here. */
const FOLLOWERS_CHECK_MS = 1_000

/**
 * Keeps what nobody watches for a while, in case somebody comes back; a leader goes on while other
 * nodes have viewers.
 */
export class Linger {
  readonly #options: LingerOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: LingerOptions) {
    this.#options = options
  }

  /** Somebody came or left. */
  changed(): void {
    const { isEmpty, lingerMs } = this.#options
    if (!isEmpty()) this.stop()
    // Not in this turn: who was just admitted becomes a viewer in it.
    else this.#timer ??= setTimeout(() => this.#look(), lingerMs())
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const { isEmpty, isDeserted, onOver } = this.#options
    this.#timer = undefined
    if (isDeserted()) onOver()
    else if (isEmpty()) this.#timer = setTimeout(() => this.#look(), FOLLOWERS_CHECK_MS)
  }
}
