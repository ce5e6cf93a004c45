import type { MemoryState, MemoryView } from '../warm-up/warm-up.ts'
import type { Lease, LeaseClock, Standing } from './lease-clock.ts'

/**
 * What the last beat found in Redis; `unknown` before the first beat, and when Redis did not
 * answer.
 */
type Found = 'renewed' | 'missing' | 'unknown'

export type HeldLease = Lease & {
  /** The incarnation that took it. */
  readonly incarnation: string
  /** The memory of Redis that holds it. */
  memory: string
  // biome-ignore lint/plugin: the beats of slots and leadership write it
  found: Found
}

/**
 * Why a lease is no longer ours although we did not give it back: the reasons common to both kinds
 * of lease.
 */
export type CommonLossReason = 'taken' | 'missing' | 'deadline' | 'declared-dead'

type HeldLeasesOptions<Held, Reason> = {
  readonly clock: Pick<LeaseClock, 'standing' | 'isExpired' | 'extendTo' | 'safeForMs' | 'began'>
  readonly idOf: (lease: Held) => string
  /** Of a key on the server that keeps the lease. */
  readonly keyOf: (lease: Held) => string
  /**
   * Takes a lease again that Redis has forgotten. `lost`: there is another holder or no room.
   * `unknown`: not decided, the next beat tries again. Throws when Redis does not answer.
   */
  readonly holdAgain: (
    lease: Held,
    memory: MemoryState,
  ) => Promise<{ readonly renewedAtMs: number } | 'unknown' | CommonLossReason>
  /** Called in the turn in which they were lost. */
  readonly onLost: (lost: readonly Held[], reason: Reason | CommonLossReason) => void
}

/**
 * The leases of one kind that this process holds, and the rules by which it loses them. A lost
 * lease is never used again: the only ways back are to acquire it again, or to re-assert it in a
 * Redis that has lost its memory.
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
    this.#options.clock.began()
  }

  /** Given back by the caller: this notifies no listener. */
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

  /** Drops the leases that were not renewed within the deadline, here and now. */
  abandonExpired(): void {
    this.lose(
      this.values().filter((lease) => this.#options.clock.isExpired(lease)),
      'deadline',
    )
  }

  /** For so long none of them can end, whatever happens; `Infinity` without any. */
  safeForMs(): number {
    let soonestMs = Number.POSITIVE_INFINITY
    for (const lease of this.#held.values()) soonestMs = Math.min(soonestMs, this.#options.clock.safeForMs(lease))
    return soonestMs
  }

  /** Others may believe that this process is dead. */
  abandonAll(): void {
    this.lose(this.values(), 'declared-dead')
  }

  /** Redis is down for everyone, so no lease can be taken over before then. */
  extendTo(untilMs: number): void {
    for (const lease of this.values()) this.#options.clock.extendTo(lease, untilMs)
  }

  /**
   * After a beat: takes again the leases that Redis does not know, if Redis has lost its memory
   * since or has refused writes; otherwise they are lost. The next beat asks a server again if it
   * did not report its memory.
   *
   * @returns the errors
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

/** A renewal that was sent at this time has succeeded. */
export function renewed(lease: HeldLease, renewedAtMs: number, memory = lease.memory): void {
  Object.assign(lease, { renewedAtMs, memory, found: 'renewed' })
  delete lease.graceUntilMs
}

/** The errors of these promises; never throws. */
export async function failuresOf(running: ReadonlyArray<Promise<unknown>>): Promise<unknown[]> {
  const results = await Promise.allSettled(running)
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}
