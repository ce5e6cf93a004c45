import { setTimeout as sleep } from 'node:timers/promises'
import type { ClaimOutcome, Leadership, Presence, Proof } from '@kptv/coordination'
import type { EndReason } from '@kptv/failover'
import type { FollowOptions, MediaOrigin, Relay, RelayPublisher } from '@kptv/relay'
import { type ChannelOutput, isSameOrigin } from '../media/channel-output.ts'
import { RelayFeed } from './relay-feed.ts'

/** What a former leader leaves to the next: the right to go on with its slot. */
type Inheritance = NonNullable<Extract<ClaimOutcome, { outcome: 'leading' }>['inherits']>

/** A piece of the session's output. */
export type OutputMedia = {
  /** Whole packets. */
  readonly packets: Buffer
  /** Byte offsets. */
  readonly joinPoints: readonly number[]
  readonly origin: MediaOrigin | undefined
}

/** What the session hears of the channel as all nodes share it. */
export type SharedChannelEvents = {
  /** Media by relay, spliced into the session's one output. */
  media(packets: Buffer, joinPoints: readonly number[]): void
  /** Nothing came from the leader for so long that it may be gone. Told again and again while it lasts. */
  silent(): void
  /** The leader's last words. */
  ended(end: EndReason): void
  leadershipLost(): void
  /** The leader asks this node to take over; the stream that it plays. */
  invited(streamId: string | undefined): void
  /** The node that was asked to take over will not. */
  declined(): void
}

export type SharedChannelOptions = {
  readonly channelId: string
  readonly leadership: Pick<
    Leadership,
    'claim' | 'read' | 'mayLead' | 'note' | 'resign' | 'onLost' | 'handOver' | 'declineHandOver' | 'isOffered'
  >
  readonly presence: Pick<Presence, 'set' | 'others'>
  /** Of this process, at this moment. */
  readonly incarnation: () => string
  /** Whether that process is there, and does not drain. Throws when Redis is away. */
  readonly mayLead: (incarnation: string) => Promise<boolean>
  readonly relay: Pick<Relay, 'publisher' | 'follow'>
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** So long a node that has handed its channel over waits for another to lead it. */
const HAND_OVER_MS = 3_000

/** So long the resignation of a leader may take to Redis longer than its last word to another node. */
const RESIGNATION_MS = 50

/** Between two looks whether an offer still stands. */
const OFFER_LOOK_MS = 250

/** A channel as all nodes share it: who leads it, in Redis, and its media, over the relay. */
export class SharedChannel {
  readonly #options: SharedChannelOptions
  readonly #stopListening: () => void
  #events: SharedChannelEvents | undefined
  #term = 0
  /** Of the leader that was met last: nothing older is taken from the relay. */
  #ledTerm = 0
  /** Whose last word has been heard. */
  #endedTerm = 0
  /** A newer leader's media has come, so what this node leads is over, whether or not Redis has said so yet. */
  #isReplaced = false
  #inheritance: Inheritance | undefined
  #publisher: RelayPublisher | undefined
  #publishedOrigin: MediaOrigin | undefined
  #feed: RelayFeed | undefined
  /** Others are given the first chance until then, monotonic milliseconds: this node has handed the channel over. */
  #standsFrom = 0
  /** This node drains: it leads only what nobody else can. */
  #isLeaving = false
  /** Since when there has been a leader to elect, while this node drains; `undefined` while there is one that plays. */
  #electedSince: number | undefined
  /** Who was asked to take over: each one once. */
  readonly #asked = new Set<string>()
  #offerWatch: NodeJS.Timeout | undefined
  /** Grows with each offer and with each end of one: an answer that comes later is about nothing any more. */
  #offers = 0

  constructor(options: SharedChannelOptions) {
    this.#options = options
    this.#stopListening = options.leadership.onLost((channelId, term) => {
      if (channelId === options.channelId && term === this.#term) this.#events?.leadershipLost()
    })
  }

  attach(events: SharedChannelEvents): void {
    this.#events = events
  }

  /** Claims the leadership. Throws when Redis is away. */
  async elect(): Promise<'elected' | 'led-by-another' | 'cold'> {
    const { channelId, leadership } = this.#options
    if (await this.#letsOthersGoFirst()) {
      const leader = await leadership.read(channelId)
      this.#ledTerm = leader?.term ?? 0
      return leader === undefined ? 'cold' : 'led-by-another'
    }
    const answer = await this.#claim()
    if (answer.outcome === 'cold') return 'cold'
    this.#electedSince = undefined
    if (answer.outcome === 'led') {
      this.#ledTerm = answer.by.term
      return 'led-by-another'
    }
    this.#term = answer.term
    this.#isReplaced = false
    this.#inheritance = answer.inherits
    return 'elected'
  }

  /** A leader whose last word has been heard resigns at this moment: a claim that came before is made once more. */
  async #claim(): Promise<ClaimOutcome> {
    const { channelId, leadership } = this.#options
    const answer = await leadership.claim({ channelId })
    if (answer.outcome !== 'led' || answer.by.term !== this.#endedTerm) return answer
    await sleep(RESIGNATION_MS)
    return leadership.claim({ channelId })
  }

  /** This node drains: from now on it stands for election after all others, and is nobody's heir. */
  leave(): void {
    this.#isLeaving = true
  }

  async #letsOthersGoFirst(): Promise<boolean> {
    const { now } = this.#options
    if (now() < this.#standsFrom) return true
    if (!this.#isLeaving) return false
    this.#electedSince ??= now()
    return now() < this.#electedSince + HAND_OVER_MS && (await this.#heirs()).length > 0
  }

  /** Other nodes with viewers that could lead, those with the most first. */
  async #heirs(): Promise<string[]> {
    const { presence, channelId, mayLead } = this.#options
    const others = await presence.others(channelId)
    const could = await Promise.all(others.map(mayLead))
    return others.filter((_, index) => could[index])
  }

  /** Whether this node may pull and publish at this moment, by its own clock. */
  mayLead(): boolean {
    return !this.#isReplaced && this.#options.leadership.mayLead(this.#options.channelId, this.#term)
  }

  /** Under which leadership a slot is asked for; with the proof that the former leader's slot of this account is free. */
  claimTo(accountId: string): { term: number; proof?: Proof } {
    const inheritance = this.#inheritance
    const isInherited = inheritance !== undefined && inheritance.accountId === accountId
    return { term: this.#term, ...(isInherited && { proof: inheritance }) }
  }

  /** For people, and for whoever leads next. What the former leader left of this account is used up with it. */
  noteSlot(accountId: string, slotId: string): void {
    if (this.#inheritance?.accountId === accountId) this.#inheritance = undefined
    this.#options.leadership.note(this.#options.channelId, { accountId, slotId })
  }

  /**
   * From now on what is played is for all nodes.
   *
   * @param backlog what was played here last, from a join point on: where the output goes on right behind it, the other nodes
   * find there what they have had, and go on without a seam too
   */
  lead(backlog: OutputMedia | undefined): void {
    const { relay, channelId, leadership } = this.#options
    const term = this.#term
    this.#publisher = relay.publisher(channelId, term, () => leadership.mayLead(channelId, term))
    this.#publishedOrigin = undefined
    if (backlog !== undefined && backlog.packets.length > 0) this.publish(backlog)
  }

  publish({ packets, joinPoints, origin }: OutputMedia): void {
    const begun = joinPoints.at(-1) ?? 0
    const isMixed = this.#publishedOrigin !== undefined && !isSameOrigin(origin, this.#publishedOrigin)
    const former = this.#publishedOrigin
    this.#publishedOrigin = origin
    // The time of the input jumped within this piece: the output began anew at its last join point.
    if (isMixed && joinPoints[0] !== 0 && begun > 0) {
      this.#publisher?.append(packets.subarray(0, begun), joinPoints.slice(0, -1), former)
      this.#publisher?.append(packets.subarray(begun), [0], origin)
    } else {
      this.#publisher?.append(packets, joinPoints, origin)
    }
  }

  /** Other nodes take the channel from this one. */
  hasFollowers(): boolean {
    return (this.#publisher?.followers ?? 0) > 0
  }

  /** At the next step down others are told at once, and this node lets them go first. */
  yield(): void {
    this.#standsFrom = Number.POSITIVE_INFINITY
  }

  /**
   * Asks a node with viewers to take over, while this one plays on. Its media is waited for on the relay: when it comes, the output
   * goes on with it, and the leadership is told to be lost.
   *
   * @param hasSpareSlot else nobody can connect beside this node
   * @returns `no-successor`: whoever could lead was asked already, or drains too. Throws when Redis is away: then nobody can take over either.
   */
  async offer(
    output: ChannelOutput,
    hasSpareSlot: () => Promise<boolean>,
  ): Promise<'offered' | 'no-successor' | 'offer-failed'> {
    const { channelId, leadership } = this.#options
    this.#endOffer()
    const offer = this.#offers
    const heir = (await this.#heirs()).find((one) => !this.#asked.has(one))
    if (heir === undefined) return 'no-successor'
    const isNamed = (await hasSpareSlot()) && (await leadership.handOver(channelId, heir))
    this.#asked.add(heir)
    if (!isNamed) return 'offer-failed'
    if (this.#publisher === undefined || offer !== this.#offers) return 'offer-failed'
    this.#follow(output, { fromTerm: this.#term + 1, fromStart: true })
    await this.#publisher.offer(heir)
    if (offer !== this.#offers) return 'offer-failed'
    this.#offerWatch = setInterval(() => void this.#lookAtOffer(), OFFER_LOOK_MS)
    return 'offered'
  }

  async #lookAtOffer(): Promise<void> {
    const watch = this.#offerWatch
    const isOffered = await this.#options.leadership.isOffered(this.#options.channelId).catch(() => true)
    if (isOffered || watch !== this.#offerWatch) return
    clearInterval(watch)
    this.#offerWatch = undefined
    this.#events?.declined()
  }

  /** The leader has asked this node to take over, which it will not. */
  decline(): void {
    const { leadership, channelId } = this.#options
    leadership.declineHandOver(channelId).catch(() => undefined)
  }

  /** Gives the leadership back, after the provider's connection is closed; a reason is told to the followers. */
  async stepDown(end: EndReason | undefined): Promise<void> {
    const publisher = this.#publisher
    this.#publisher = undefined
    this.#endOffer()
    if (this.#standsFrom === Number.POSITIVE_INFINITY) this.#standsFrom = this.#options.now() + HAND_OVER_MS
    const lastWord = end ?? (this.#options.now() < this.#standsFrom ? 'stopped' : undefined)
    // At once with the last word: who hears it claims the leadership.
    const told = lastWord === undefined ? undefined : publisher?.end(lastWord)
    await Promise.all([told, this.#options.leadership.resign(this.#options.channelId, this.#term)])
    await publisher?.close()
  }

  #endOffer(): void {
    this.#offers += 1
    clearInterval(this.#offerWatch)
    this.#offerWatch = undefined
  }

  follow(output: ChannelOutput): void {
    this.#follow(output, { fromTerm: this.#ledTerm })
  }

  #follow(output: ChannelOutput, from: FollowOptions): void {
    const { relay, channelId, now, incarnation } = this.#options
    this.#feed ??= new RelayFeed({
      ...{ relay, channelId, output, from, now },
      events: {
        media: (packets, joinPoints) => {
          this.#electedSince = undefined
          this.#events?.media(packets, joinPoints)
        },
        silent: () => this.#events?.silent(),
        ended: (reason, term) => {
          this.#endedTerm = term
          this.#events?.ended(reason as EndReason)
        },
        offered: (to, streamId) => {
          if (to === incarnation()) this.#events?.invited(streamId)
        },
        starting: () => {
          this.#isReplaced = true
          this.#events?.leadershipLost()
        },
      },
    })
  }

  unfollow(): void {
    this.#endOffer()
    void this.#feed?.close()
    this.#feed = undefined
  }

  /** Viewers of this node: told to the others. */
  setViewers(count: number): void {
    this.#options.presence.set(this.#options.channelId, count)
  }

  /** The session is over. */
  dispose(): void {
    this.unfollow()
    this.#stopListening()
    this.setViewers(0)
  }
}
