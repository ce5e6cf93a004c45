import type { Clock } from '@kptv/clock'

type LingerOptions = {
  /** This node has no viewer, and no request waits for media. */
  readonly isEmpty: () => boolean
  /** The same on all nodes. */
  readonly isDeserted: () => boolean
  readonly lingerMs: () => number
  readonly onOver: () => void
  readonly clock: Clock
}

/** Interval for checking whether other nodes still take the channel from this one. */
const FOLLOWERS_CHECK_MS = 1_000

/**
 * Keeps a channel without viewers for a while, in case one comes back. A leader continues while
 * other nodes have viewers.
 */
export class Linger {
  readonly #options: LingerOptions
  #cancel: (() => void) | undefined

  constructor(options: LingerOptions) {
    this.#options = options
  }

  /** A viewer came or left. */
  changed(): void {
    const { isEmpty, lingerMs } = this.#options
    if (!isEmpty()) this.stop()
    // Never at once: a request that was just admitted becomes a viewer in this turn.
    else this.#cancel ??= this.#options.clock.after(lingerMs(), () => this.#check())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #check(): void {
    const { isEmpty, isDeserted, onOver, clock } = this.#options
    this.#cancel = undefined
    if (isDeserted()) onOver()
    else if (isEmpty()) this.#cancel = clock.after(FOLLOWERS_CHECK_MS, () => this.#check())
  }
}
