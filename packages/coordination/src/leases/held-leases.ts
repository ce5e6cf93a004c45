import type { MemoryState, MemoryView } from '../warm-up/warm-up.ts'
import type { Lease, LeaseClock, Standing } from './lease-clock.ts'

/** What the last beat met in Redis; `unknown` before the first, and when it got no answer. */
type Found = 'renewed' | 'missing' | 'unknown'

export type HeldLease = Lease & {
  /** Under which it was taken. */
  readonly incarnation: string
  /** The memory of Redis that has it. */
  memory: string
  found: Found
}

/** Why a lease that was not given back is not ours any longer, as far as both kinds of leases share it. */
export type CommonLossReason = 'taken' | 'missing' | 'deadline' | 'declared-dead'

export type HeldLeasesOptions<Held, Reason> = {
  readonly clock: Pick<LeaseClock, 'standing' | 'isExpired' | 'extendTo'>
  readonly idOf: (lease: Held) => string
  /** Of a key on the server that keeps the lease. */
  readonly keyOf: (lease: Held) => string
  /**
   * Takes a lease again that Redis has forgotten. `lost`: there is another holder or no room. `unknown`: not decided, the
   * next beat tries again. Throws when Redis does not answer.
   */
  readonly holdAgain: (
    lease: Held,
    memory: MemoryState,
  ) => Promise<{ renewedAtMs: number } | 'unknown' | CommonLossReason>
  /** In the turn in which they were lost. */
  readonly onLost: (lost: readonly Held[], reason: Reason | CommonLossReason) => void
}

/**
 * The leases of one kind that this process holds, and the rules by which it loses them. A lease that was lost is never
 * used again: the only way back is to take it anew, or to re-assert it in a Redis that has lost its memory.
 */
export class HeldLeases<Held extends HeldLease, Reason extends string = never> {
  readonly #options: HeldLeasesOptions<Held, Reason>
  readonly #held = new Map<string, Held>()

  constructor(options: HeldLeasesOptions<Held, Reason>) {
    this.#options = options
  }

  get(id: string): Held | undefined {
    return this.#held.get(id)
  }

  values(): Held[] {
    return [...this.#held.values()]
  }

  hold(lease: Held): void {
    this.#held.set(this.#options.idOf(lease), lease)
  }

  /** Given back by the caller: nobody is notified. */
  drop(id: string): void {
    this.#held.delete(id)
  }

  standing(id: string): Standing {
    const lease = this.#held.get(id)
    return lease === undefined ? 'lost' : this.#options.clock.standing(lease)
  }

  lose(leases: Iterable<Held>, reason: Reason | CommonLossReason): void {
    const { idOf, onLost } = this.#options
    const lost = [...leases].filter((lease) => this.#held.get(idOf(lease)) === lease)
    for (const lease of lost) this.#held.delete(idOf(lease))
    if (lost.length > 0) onLost(lost, reason)
  }

  /** What could not be renewed within the deadline, here and at once. */
  abandonExpired(): void {
    this.lose(
      this.values().filter((lease) => this.#options.clock.isExpired(lease)),
      'deadline',
    )
  }

  /** Others may believe that this process is dead. */
  abandonAll(): void {
    this.lose(this.values(), 'declared-dead')
  }

  /** Redis is down for everyone, so nobody can take a lease over before then. */
  extendTo(untilMs: number): void {
    for (const lease of this.values()) this.#options.clock.extendTo(lease, untilMs)
  }

  /**
   * After a beat: what Redis does not know is taken again if Redis has lost its memory since, or has refused writes;
   * otherwise it is lost. A server that did not report its memory is asked again by the next beat.
   *
   * @returns what went wrong
   */
  async settleMissing(memories: MemoryView): Promise<unknown[]> {
    const { clock, keyOf } = this.#options
    const known = this.values().flatMap((lease) => {
      const state = memories.of(keyOf(lease))
      return state === undefined ? [] : [{ lease, state }]
    })
    for (const { lease, state } of known) if (lease.found === 'renewed') lease.memory = state.memory
    const missing = known.filter(({ lease }) => lease.found === 'missing')
    const isForgotten = ({ lease, state }: (typeof known)[number]) =>
      (lease.memory !== state.memory || lease.graceUntilMs !== undefined) && !clock.isExpired(lease)
    this.lose(
      missing.filter((each) => !isForgotten(each)).map(({ lease }) => lease),
      'missing',
    )
    return failuresOf(missing.filter(isForgotten).map(({ lease, state }) => this.#holdAgain(lease, state)))
  }

  async #holdAgain(lease: Held, state: MemoryState): Promise<void> {
    const answer = await this.#options.holdAgain(lease, state)
    if (answer === 'unknown') return
    if (typeof answer === 'string') this.lose([lease], answer)
    else renewed(lease, answer.renewedAtMs, state.memory)
  }
}

/** A renewal that was sent then has succeeded. */
export function renewed(lease: HeldLease, renewedAtMs: number, memory = lease.memory): void {
  Object.assign(lease, { renewedAtMs, memory, found: 'renewed' })
  delete lease.graceUntilMs
}

/** The errors among these; never throws. */
export async function failuresOf(running: ReadonlyArray<Promise<unknown>>): Promise<unknown[]> {
  const results = await Promise.allSettled(running)
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}
