import type { Clock } from '@kptv/clock'
import type { Turn } from '@kptv/coordination'
import { SLOT_WAIT_MS } from '@kptv/failover'

/**
 * Interval of checks, besides those that a freed slot causes. Places in the queue last three times
 * as long.
 */
const CHECK_MS = 1_000
/** After a turn that brought no slot. */
const MIN_CHECK_MS = 50

type SlotWaitOptions<Account> = {
  /** Takes or keeps the place in the queue of the account; throws when Redis is away. */
  readonly queue: (account: Account) => Promise<Turn>
  /** Announces to all edges that a slot of the account is wanted. */
  readonly want: (account: Account) => void
  /** Gives up all places, or leaves them for a moment to the next leader of the channel. */
  readonly leave: (keepsPlaces: boolean) => void
  /** Gives up the places in the queues of all other accounts. */
  readonly leaveOthers: (accounts: readonly Account[]) => void
  /** It is in all queues, and it is nobody's turn: no slot is free. */
  readonly onQueued: (accounts: readonly Account[]) => void
  /** It may be this session's turn. */
  readonly onTurn: () => void
  /** A viewer has waited for {@link SLOT_WAIT_MS} in all. */
  readonly onEnough: () => void
  readonly clock: Clock
}

/**
 * One session's wait for a slot. It keeps its places in the queues of its accounts, announces that
 * it waits, and signals when to request a slot again. It checks when a slot is given back, when a
 * rest that it knows of ends, and once a second.
 */
export class SlotWait<Account> {
  readonly #options: SlotWaitOptions<Account>
  #accounts: readonly Account[] = []
  #cancelCheck: (() => void) | undefined
  #cancelPatience: (() => void) | undefined
  #isWaiting = false
  #isEnough = false
  #wasFreed = false
  #round = 0

  constructor(options: SlotWaitOptions<Account>) {
    this.#options = options
  }

  /**
   * @param how.patient it waits without a limit
   * @param how.checkInMs when something is known to change, so that a request makes sense
   */
  start(accounts: readonly Account[], how: { readonly patient: boolean; readonly checkInMs: number }): void {
    this.#accounts = accounts
    this.#options.leaveOthers(accounts)
    this.#isWaiting = true
    this.#round += 1
    if (!how.patient && this.#isEnough) return queueMicrotask(() => this.#reportEnough())
    if (!how.patient) this.#cancelPatience ??= this.#options.clock.after(SLOT_WAIT_MS, () => this.#enough())
    void this.#queueForAll(this.#round)
    const checkInMs = this.#wasFreed ? MIN_CHECK_MS : Math.min(Math.max(how.checkInMs, MIN_CHECK_MS), CHECK_MS)
    this.#checkIn(checkInMs)
  }

  /**
   * A slot of one of its accounts was given back. If a request is under way, the next check comes
   * soon.
   */
  freed(): void {
    if (this.#isWaiting) this.#checkIn(0)
    else this.#wasFreed = true
  }

  /** A slot is being requested; the places in the queues stay. */
  pause(): void {
    this.#isWaiting = false
    this.#wasFreed = false
    this.#round += 1
    this.#cancelCheck?.()
  }

  /**
   * The session has a slot or no longer needs one, or another node may need one for the same
   * channel.
   */
  leave(keepsPlaces = false): void {
    this.pause()
    this.#cancelPatience?.()
    this.#cancelPatience = undefined
    this.#isEnough = false
    this.#accounts = []
    this.#options.leave(keepsPlaces)
  }

  #checkIn(waitMs: number): void {
    this.#cancelCheck?.()
    const round = this.#round
    this.#cancelCheck = this.#options.clock.after(waitMs, () => void this.#check(round))
  }

  async #check(round: number): Promise<void> {
    const turns = await this.#queueForAll(round)
    if (round !== this.#round) return
    if (turns.some(({ may }) => may)) return this.#options.onTurn()
    const waits = turns.flatMap((turn) => (turn.may || turn.waitMs === 0 ? [] : [turn.waitMs]))
    this.#checkIn(Math.min(CHECK_MS, ...waits.map((waitMs) => Math.max(waitMs, MIN_CHECK_MS))))
  }

  async #queueForAll(round: number): Promise<Turn[]> {
    const accounts = this.#accounts
    const turns = await Promise.all(accounts.map((account) => this.#queue(account)))
    if (round === this.#round) this.#options.onQueued(accounts)
    return turns
  }

  /** While the account rests, a slot would be of no use. */
  async #queue(account: Account): Promise<Turn> {
    const turn = await this.#options.queue(account).catch((): Turn => ({ may: false, because: 'queue', waitMs: 0 }))
    if (turn.may || turn.because === 'queue') this.#options.want(account)
    return turn
  }

  #enough(): void {
    this.#isEnough = true
    this.#reportEnough()
  }

  #reportEnough(): void {
    if (this.#isWaiting) this.#options.onEnough()
  }
}
