import type { Clock } from '@kptv/clock'
import type { RedisKeys } from '@kptv/redis'
import { decodeMessage, type RelayMessage } from './message-format.ts'
import { MessageOrder, type MissingRange } from './message-order.ts'
import type {
  Counters,
  DropReason,
  FollowerStats,
  FollowHandlers,
  InterruptReason,
  RelayFollower,
  RelayLimits,
} from './relay.ts'
import type { RelaySubscription, RelayTransport } from './relay-transport.ts'
import { encodeRequest } from './request-format.ts'

type FollowerOptions = {
  readonly transport: RelayTransport
  readonly keys: RedisKeys
  readonly clock: Clock
  readonly limits: RelayLimits
  readonly channelId: string
  readonly incarnation: string
  readonly fromTerm: number
  readonly fromStart: boolean
  readonly isState: (state: unknown) => boolean
  readonly onDropped: (reason: DropReason) => void
  readonly handlers: FollowHandlers
}

/** `atMs`: when it was sent, or last answered. */
type SentRequest = MissingRange & { readonly atMs: number }

const NEVER_REQUESTED: SentRequest = { from: 0, to: -1, atMs: Number.NEGATIVE_INFINITY }

/** How often a request is repeated within the time that a repair may take. */
const ASKS_PER_REPAIR = 5

/** The follower's side over any transport; see {@link RelayFollower}. */
export class Follower implements RelayFollower {
  readonly stats: Counters<FollowerStats> = { delivered: 0, bytes: 0, repaired: 0, gaps: 0, stale: 0, foreign: 0 }
  readonly #options: FollowerOptions
  readonly #subscriptions: RelaySubscription[]
  #order: MessageOrder
  #term: number
  /** Called for each message of the present term. */
  #hasLeader = false
  #isClosed = false
  /** The reason reported for a hole that stays. */
  #cause: InterruptReason = 'gap'
  #end: { readonly sequence: number; readonly reason: string } | undefined
  #hasEnded = false
  #lastRequest: SentRequest = NEVER_REQUESTED
  #repair: { readonly from: number; waits: number } | undefined
  #cancelRepair: (() => void) | undefined
  #cancelSilence: (() => void) | undefined

  constructor(options: FollowerOptions) {
    const { transport, keys, channelId, incarnation } = options
    this.#options = options
    this.#term = options.fromTerm
    this.#order = this.#newOrder(options.fromStart ? 'beginning' : 'joining')
    const message = (bytes: Buffer) => this.#receive(bytes)
    const media = { channelId, name: keys.channelMedia(channelId) }
    const answers = { channelId, name: keys.channelAnswers(channelId, incarnation) }
    this.#subscriptions = [
      transport.subscribe(media, { message, subscribed: () => {} }),
      // From here on answers can arrive; the media subscription was requested before.
      transport.subscribe(answers, { message, subscribed: () => this.#askToGoOn() }),
    ]
    this.#armSilence()
  }

  get term(): number {
    return this.#term
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelRepair?.()
    this.#cancelSilence?.()
    this.#order = this.#newOrder('joining')
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()))
  }

  #receive(bytes: Buffer): void {
    if (this.#isClosed) return
    const message = decodeMessage(bytes)
    if (message === undefined || !this.#isKnownState(message)) return this.#drop('foreign')
    if (message.term < this.#term) return this.#drop('stale')
    this.#enterTerm(message.term)
    this.#armSilence()
    this.#options.handlers.alive(message.term, !('isFlowing' in message) || message.isFlowing)
    if (this.#hasEnded || this.#isClosed) return
    this.#take(message)
    if (this.#order.heldBytes > this.#options.limits.heldBytes) this.#order.giveUp()
    this.#settle()
  }

  #drop(reason: Exclude<DropReason, 'unsent'>): void {
    this.stats[reason]++
    this.#options.onDropped(reason)
  }

  #isKnownState(message: RelayMessage): boolean {
    return !('state' in message) || message.state === undefined || this.#options.isState(message.state)
  }

  #enterTerm(term: number): void {
    const isFirst = !this.#hasLeader
    const isNew = term > this.#term
    this.#hasLeader = true
    this.#term = term
    if (isFirst || !isNew) return
    // The new leader starts with packets that this node may already have, so that nothing is
    // missing in between.
    this.#order = this.#newOrder('beginning')
    this.#end = undefined
    this.#hasEnded = false
    this.#cause = 'gap'
    this.#lastRequest = NEVER_REQUESTED
    this.#repair = undefined
    this.#options.handlers.interrupted('new-term', term)
  }

  #take(message: RelayMessage): void {
    switch (message.kind) {
      case 'tick':
        return this.#order.announce(message.sequence)
      case 'offer':
        this.#order.announce(message.sequence)
        return this.#options.handlers.offered?.(message.to, message.term)
      case 'end':
        this.#end = message
        return this.#order.announce(message.sequence)
      default:
        if (message.kind === 'repair') this.#noteAnswer(message.packets.length)
        return this.#order.receive(message)
    }
  }

  #noteAnswer(bytes: number): void {
    if (bytes > 0) this.stats.repaired++
    this.#lastRequest = { ...this.#lastRequest, atMs: this.#options.clock.monotonicMs() }
  }

  /** After each event: request missing messages, or finish. */
  #settle(): void {
    const missing = this.#order.missing()
    if (this.#isClosed || !this.#hasLeader || this.#hasEnded) return this.#stopRepair()
    if (missing === undefined) {
      this.#cause = 'gap'
      this.#stopRepair()
    } else {
      // Before an end too: a follower that has just joined may receive the end before its backlog.
      return this.#repairMissing(missing)
    }
    if (this.#end === undefined) return
    this.#hasEnded = true
    this.#stopRepair()
    this.#options.handlers.ended(this.#end.reason, this.#term)
  }

  #repairMissing(missing: MissingRange): void {
    const { clock, limits } = this.#options
    const atMs = clock.monotonicMs()
    if (this.#repair?.from !== missing.from) {
      // Another gap, or progress: the time starts over. Held-back messages are bounded.
      this.#stopRepair()
      this.#repair = { from: missing.from, waits: 0 }
    }
    const againMs = limits.repairMs / ASKS_PER_REPAIR
    const isRequested = missing.from >= this.#lastRequest.from && missing.from <= this.#lastRequest.to
    if (!isRequested || atMs - this.#lastRequest.atMs >= againMs) this.#request(missing)
    this.#cancelRepair ??= clock.after(againMs, () => this.#onRepairTimer())
  }

  #onRepairTimer(): void {
    this.#cancelRepair = undefined
    // Counted, not measured: after a stall of this process the answer may lie unread in the socket.
    if (this.#repair !== undefined && ++this.#repair.waits >= ASKS_PER_REPAIR) {
      this.#repair = undefined
      this.#order.giveUp()
    }
    this.#settle()
  }

  #stopRepair(): void {
    this.#cancelRepair?.()
    this.#cancelRepair = undefined
    this.#repair = undefined
  }

  /**
   * After a (re)subscription: requests everything from the present position, even if nothing is
   * known to be missing.
   */
  #askToGoOn(): void {
    if (this.#isClosed || this.#hasEnded) return
    if (!this.#hasLeader && this.#order.state === 'beginning') return
    if (this.#order.state === 'flowing') this.#cause = 'resubscribed'
    this.#request({ from: this.#order.expected, to: Number.MAX_SAFE_INTEGER })
  }

  #request({ from, to }: MissingRange): void {
    const { transport, keys, clock, channelId, incarnation } = this.#options
    this.#lastRequest = { from, to, atMs: clock.monotonicMs() }
    // A fresh follower that knows the term from the lead record accepts any answer: lower terms are
    // dropped on arrival.
    const term = this.#hasLeader ? this.#term : 0
    // A lost request is repeated, or a tick shows again that something is missing.
    transport.publish(keys.channelRequests(channelId), encodeRequest({ term, from, to, incarnation })).catch(() => {})
  }

  #armSilence(): void {
    this.#cancelSilence?.()
    this.#cancelSilence = this.#options.clock.after(this.#options.limits.silenceMs, () => {
      for (const subscription of this.#subscriptions) subscription.renew()
      this.#armSilence()
    })
  }

  #newOrder(start: 'joining' | 'beginning'): MessageOrder {
    return new MessageOrder(
      start,
      (packets, joinPoints, origin, state) => {
        if (this.#isClosed) return
        this.stats.delivered++
        this.stats.bytes += packets.length
        this.#options.handlers.media(packets, joinPoints, origin, state)
      },
      () => {
        if (this.#isClosed) return
        this.stats.gaps++
        this.#options.handlers.interrupted(this.#cause, this.#term)
      },
    )
  }
}
