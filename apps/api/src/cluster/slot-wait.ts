import type { Turn } from '@kptv/coordination'
import { SLOT_WAIT_MS } from '@kptv/failover'

/**
 * Between two looks, besides those that a freed slot causes. Places in the queue last three times
 * as long.
 */
const LOOK_MS = 1_000
/** A turn that brought no slot is not asked for again at once. */
const SHORTEST_LOOK_MS = 50

export type SlotWaitOptions<Account> = {
  /** Takes or keeps the place in the queue of the account; throws when Redis is away. */
  readonly queue: (account: Account) => Promise<Turn>
  /** Tells all edges that a slot of the account is wanted. */
  readonly want: (account: Account) => void
  /** Gives up all places; or keeps them for a moment, for anyone who waits for the channel next. */
  readonly leave: (keepsPlaces: boolean) => void
  /** Gives up the places in the queues of all other accounts. */
  readonly leaveOthers: (accounts: readonly Account[]) => void
  /** It may be this session's turn. */
  readonly onTurn: () => void
  /** Somebody has waited for {@link SLOT_WAIT_MS} in all. */
  readonly onEnough: () => void
}

/**
 * One session's wait for a slot: keeps its places in the queues of its accounts, says that it
 * waits, and tells when to ask again. It is woken by slots that are given back, by ends of rests
 * that it knows of, and once a second.
 */
export class SlotWait<Account> {
  readonly #options: SlotWaitOptions<Account>
  #accounts: readonly Account[] = []
  #look: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined
  #isWaiting = false
  #isEnough = false
  #wasFreed = false
  #round = 0

  constructor(options: SlotWaitOptions<Account>) {
    this.#options = options
  }

  /**
   * @param how.patient it waits however long
   * @param how.lookInMs when something is known to change, after which asking makes sense
   */
  start(accounts: readonly Account[], how: { patient: boolean; lookInMs: number }): void {
    this.#accounts = accounts
    this.#options.leaveOthers(accounts)
    this.#isWaiting = true
    this.#round += 1
    if (!how.patient && this.#isEnough) return queueMicrotask(() => this.#tellEnough())
    if (!how.patient) this.#patience ??= setTimeout(() => this.#enough(), SLOT_WAIT_MS)
    for (const account of accounts) void this.#queue(account)
    const lookInMs = this.#wasFreed ? SHORTEST_LOOK_MS : Math.min(Math.max(how.lookInMs, SHORTEST_LOOK_MS), LOOK_MS)
    this.#lookIn(lookInMs)
  }

  /**
   * A slot of one of its accounts was given back, perhaps while it was being asked for: then it
   * looks again soon.
   */
  freed(): void {
    if (this.#isWaiting) this.#lookIn(0)
    else this.#wasFreed = true
  }

  /** It is asking for a slot; its places in the queues stay. */
  pause(): void {
    this.#isWaiting = false
    this.#wasFreed = false
    this.#round += 1
    clearTimeout(this.#look)
  }

  /** It has a slot, or needs none any more; or somebody else may need it for the same channel. */
  leave(keepsPlaces = false): void {
    this.pause()
    clearTimeout(this.#patience)
    this.#patience = undefined
    this.#isEnough = false
    this.#accounts = []
    this.#options.leave(keepsPlaces)
  }

  #lookIn(waitMs: number): void {
    clearTimeout(this.#look)
    const round = this.#round
    this.#look = setTimeout(() => void this.#lookNow(round), waitMs)
  }

  async #lookNow(round: number): Promise<void> {
    const turns = await Promise.all(this.#accounts.map((account) => this.#queue(account)))
    if (round !== this.#round) return
    if (turns.some(({ may }) => may)) return this.#options.onTurn()
    const waits = turns.flatMap((turn) => (turn.may || turn.waitMs === 0 ? [] : [turn.waitMs]))
    this.#lookIn(Math.min(LOOK_MS, ...waits.map((waitMs) => Math.max(waitMs, SHORTEST_LOOK_MS))))
  }

  /** A slot is of use only if the account may be asked at all. */
  async #queue(account: Account): Promise<Turn> {
    const turn = await this.#options.queue(account).catch((): Turn => ({ may: false, because: 'queue', waitMs: 0 }))
    if (turn.may || turn.because === 'queue') this.#options.want(account)
    return turn
  }

  #enough(): void {
    this.#isEnough = true
    this.#tellEnough()
  }

  #tellEnough(): void {
    if (this.#isWaiting) this.#options.onEnough()
  }
}
