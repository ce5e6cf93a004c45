import type { Clock } from '@kptv/clock'
import type { HeldLeases } from './held-leases.ts'
import type { LeaseClock } from './lease-clock.ts'

/** How precisely deadlines are kept. */
export const LOOK_MS = 50

type DeadlineWatchOptions = {
  readonly clock: Clock
  readonly leaseClock: Pick<LeaseClock, 'watch' | 'hasJumpedSince'>
  readonly holdings: ReadonlyArray<Pick<HeldLeases<never>, 'abandonExpired' | 'safeForMs'>>
  /** Before the last renewal of all leases was sent. */
  readonly renewedAtMs: () => number
  /** Called as long as the wall clock has jumped since then. */
  readonly renew: () => void
}

/**
 * Gives up leases at their deadline, however long a renewal hangs. While all of them were renewed a
 * moment ago none can end, and nothing is looked at; as soon as one could, every {@link LOOK_MS}.
 */
export class DeadlineWatch {
  readonly #options: DeadlineWatchOptions
  #state: 'new' | 'watching' | 'ended' = 'new'
  #cancelLook: (() => void) | undefined
  /** When the next look is due. */
  #lookAtMs = Number.POSITIVE_INFINITY

  constructor(options: DeadlineWatchOptions) {
    this.#options = options
    options.leaseClock.watch(() => this.look())
  }

  start(): void {
    this.#state = 'watching'
    this.look()
  }

  look(): void {
    if (this.#state !== 'watching') return
    this.#lookAtMs = Number.POSITIVE_INFINITY
    for (const held of this.#options.holdings) held.abandonExpired()
    this.rest()
    if (this.#hasJumped) this.#options.renew()
  }

  /** Until one could end; to be called after each renewal, too. */
  rest(): void {
    if (this.#state !== 'watching') return
    const { clock, holdings } = this.#options
    const safeForMs = this.#hasJumped ? 0 : Math.min(...holdings.map((held) => held.safeForMs()))
    const lookAtMs = clock.monotonicMs() + Math.max(LOOK_MS, safeForMs)
    // One may be over already, so a look that comes sooner is not put off.
    if (safeForMs < LOOK_MS && this.#lookAtMs <= lookAtMs) return
    this.#cancelLook?.()
    this.#cancelLook = undefined
    this.#lookAtMs = lookAtMs
    if (safeForMs === Number.POSITIVE_INFINITY) return
    this.#cancelLook = clock.after(lookAtMs - clock.monotonicMs(), () => this.look())
  }

  get #hasJumped(): boolean {
    return this.#options.leaseClock.hasJumpedSince(this.#options.renewedAtMs())
  }

  [Symbol.dispose](): void {
    this.#state = 'ended'
    this.#cancelLook?.()
  }
}
