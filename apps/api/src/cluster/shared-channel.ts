import { setTimeout as sleep } from 'node:timers/promises'
import type { ClaimOutcome, Leadership, Presence, Proof, Standing } from '@kptv/coordination'
import {
  advance,
  asksOthers,
  type ElectionEvent,
  type EndReason,
  nextSuccessor,
  type Others,
  openElection,
  stand,
  unspent,
} from '@kptv/failover'
import type { FollowOptions, PublishedMedia, Relay, RelayPublisher } from '@kptv/relay'
import type { ChannelOutput } from '../media/channel-output.ts'
import { RelayFeed } from './relay-feed.ts'

/** What a former leader leaves to the next: the right to go on with its slot. */
type Inheritance = NonNullable<Extract<ClaimOutcome, { outcome: 'leading' }>['inherits']>

/** What the session hears of the channel as all nodes share it. */
export type SharedChannelEvents = {
  /**
   * Nothing came from the leader for so long that it may be gone. Told again and again while it
   * lasts.
   */
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
    | 'claim'
    | 'read'
    | 'mayLead'
    | 'standing'
    | 'note'
    | 'resign'
    | 'onLost'
    | 'handOver'
    | 'declineHandOver'
    | 'isOffered'
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

/**
 * How much later than a leader's last words, heard on another node, its resignation may arrive in
 * Redis.
 */
const RESIGNATION_MS = 50

/** Interval for checking that an offer still stands. */
const OFFER_CHECK_MS = 250

/** More than a cluster has; last words that name all of them must stay short. */
const MAX_NAMED_NODES = 63

/**
 * A channel as all nodes share it: who leads it, in Redis, and its media, over the relay. The pure
 * machine in `packages/failover/src/election.ts` decides when this node may lead.
 */
export class SharedChannel {
  readonly #options: SharedChannelOptions
  readonly #stopListening: () => void
  #election = openElection()
  #events: SharedChannelEvents | undefined
  #inheritance: Inheritance | undefined
  #publisher: RelayPublisher | undefined
  #feed: RelayFeed | undefined
  #offerCheck: NodeJS.Timeout | undefined
  /** Grows with each offer and each end of one: an answer to a former offer is late. */
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

  /** Claims the leadership, unless others go first. Throws when Redis is away. */
  async elect(): Promise<'elected' | 'led-by-another' | 'cold' | 'spent'> {
    const standing = await this.#stand()
    if (standing !== 'claim') {
      const leader = await this.#options.leadership.read(this.#options.channelId)
      if (leader !== undefined && leader.term !== this.#endedTerm) {
        this.#note({ type: 'met', term: leader.term })
        return 'led-by-another'
      }
      if (standing === 'let-others') return 'cold'
      this.#note({ type: 'chances-over' })
      return 'spent'
    }
    const answer = await this.#claim()
    if (answer.outcome === 'cold') return 'cold'
    if (answer.outcome === 'led') {
      this.#note({ type: 'led-by', term: answer.by.term })
      return 'led-by-another'
    }
    this.#note({ type: 'elected', term: answer.term })
    this.#inheritance = answer.inherits
    return 'elected'
  }

  async #stand(): Promise<ReturnType<typeof stand>> {
    const { incarnation, now } = this.#options
    const self = incarnation()
    if (!asksOthers(this.#election, self)) return stand(this.#election, self, NOBODY, now())
    this.#note({ type: 'vacant', atMs: now() })
    const others = await this.#others()
    return stand(this.#election, self, others, now())
  }

  /**
   * A leader whose last words have been heard resigns at this moment: a claim that came before is
   * made once more.
   */
  async #claim(): Promise<ClaimOutcome> {
    const { channelId, leadership } = this.#options
    const answer = await leadership.claim({ channelId })
    if (answer.outcome !== 'led' || answer.by.term !== this.#endedTerm) return answer
    await sleep(RESIGNATION_MS)
    return leadership.claim({ channelId })
  }

  /** This node drains: from now on it yields to every other candidate and never takes over. */
  leave(): void {
    this.#note({ type: 'draining' })
  }

  /** Other nodes with viewers, those with the most first. */
  async #others(): Promise<Others> {
    const { presence, channelId, mayLead } = this.#options
    const watching = await presence.others(channelId)
    const serving = await Promise.all(watching.map(mayLead))
    return { watching, serving: watching.filter((_, index) => serving[index]) }
  }

  /**
   * This node has tried every stream it can reach. Whether other nodes with viewers have not;
   * `false` when Redis is away, since nobody could be elected then.
   */
  async othersMayTry(): Promise<boolean> {
    this.#note({ type: 'spent', node: this.#options.incarnation() })
    const watching = await this.#options.presence.others(this.#options.channelId).catch(() => [])
    return unspent(this.#election, watching).length > 0
  }

  #note(event: ElectionEvent): void {
    this.#election = advance(this.#election, event)
  }

  /** Of this node's leadership; 0 if it does not lead. */
  get #term(): number {
    const { place } = this.#election
    return place.at === 'aside' ? 0 : place.term
  }

  get #endedTerm(): number {
    const { place } = this.#election
    return place.at === 'aside' ? place.endedTerm : 0
  }

  /** Whether this node may pull and publish at this moment, by its own clock. */
  mayLead(): boolean {
    return this.standing() === 'held'
  }

  /**
   * How surely this node leads. `unproven`: its clock was set forward, and the next beat will tell,
   * within milliseconds.
   */
  standing(): Standing {
    const { place } = this.#election
    if (place.at === 'aside' || place.at === 'replaced') return 'lost'
    return this.#options.leadership.standing(this.#options.channelId, place.term)
  }

  /**
   * Under which leadership a slot is asked for; with the proof that the former leader's slot of
   * this account is free.
   */
  claimTo(accountId: string): { term: number; proof?: Proof } {
    const inheritance = this.#inheritance
    const isInherited = inheritance !== undefined && inheritance.accountId === accountId
    return { term: this.#term, ...(isInherited && { proof: inheritance }) }
  }

  /**
   * For people, and for anyone who leads next. What the former leader left of this account is used
   * up with it.
   */
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
  lead(backlog: () => readonly PublishedMedia[]): void {
    const { relay, channelId, leadership } = this.#options
    const term = this.#term
    const mayPublish = () => leadership.mayLead(channelId, term)
    this.#publisher = relay.publisher(channelId, term, { mayPublish, backlog })
    for (const media of backlog()) this.#publisher.append(media)
  }

  /** @param media asked for only if somebody follows */
  publish(media: () => PublishedMedia): void {
    if (this.#publisher?.isResting === false) this.#publisher.append(media())
  }

  /** Other nodes take the channel from this one. */
  hasFollowers(): boolean {
    return (this.#publisher?.followers ?? 0) > 0
  }

  /** The next step down is a hand-over: others hear of it at once and go first. */
  yield(): void {
    this.#note({ type: 'yielded' })
  }

  /**
   * Asks a node with viewers to take over, while this one plays on. When that node's media arrives
   * on the relay, the output goes on with it, and `leadershipLost` is reported.
   *
   * @param hasSpareSlot otherwise nobody can connect beside this node
   * @returns `no-successor`: every node that could lead was asked already, or drains too. Throws when Redis is away: then nobody
   * can take over either.
   */
  async offer(
    output: ChannelOutput,
    hasSpareSlot: () => Promise<boolean>,
  ): Promise<'offered' | 'no-successor' | 'offer-failed'> {
    const { channelId, leadership } = this.#options
    this.#endOffer()
    const offer = this.#offers
    const { serving } = await this.#others()
    const successor = nextSuccessor(this.#election, serving)
    if (successor === undefined) return 'no-successor'
    const isSpare = await hasSpareSlot()
    const isNamed = isSpare && (await leadership.handOver(channelId, successor))
    if (offer !== this.#offers) return 'offer-failed'
    this.#note({ type: 'offering', to: successor, offer })
    if (!isNamed || this.#publisher === undefined || !this.#stillOffers(offer)) return this.#withdrawOffer(offer)
    this.#follow(output, { fromTerm: this.#term + 1, fromStart: true })
    await this.#publisher.offer(successor)
    if (!this.#stillOffers(offer)) return 'offer-failed'
    this.#offerCheck = setInterval(() => void this.#checkOffer(offer), OFFER_CHECK_MS)
    return 'offered'
  }

  #stillOffers(offer: number): boolean {
    const { place } = this.#election
    return place.at === 'offering' && place.offer === offer
  }

  #withdrawOffer(offer: number): 'offer-failed' {
    if (this.#stillOffers(offer)) this.#note({ type: 'offer-over' })
    return 'offer-failed'
  }

  async #checkOffer(offer: number): Promise<void> {
    const isOffered = await this.#options.leadership.isOffered(this.#options.channelId).catch(() => true)
    if (isOffered || !this.#stillOffers(offer)) return
    this.#endOffer()
    this.#events?.declined()
  }

  /** The leader has asked this node to take over, which it will not. */
  decline(): void {
    const { leadership, channelId } = this.#options
    leadership.declineHandOver(channelId).catch(() => undefined)
  }

  /**
   * Gives the leadership back, after the provider's connection is closed; followers hear the
   * reason, and who has tried.
   */
  async stepDown(end: EndReason | undefined): Promise<void> {
    const publisher = this.#publisher
    const term = this.#term
    const { place } = this.#election
    this.#publisher = undefined
    this.#endOffer()
    const lastWord = end ?? (place.at !== 'aside' && place.yields ? 'stopped' : undefined)
    this.#note({ type: 'stepped-down', atMs: this.#options.now() })
    // At once with the last words: nodes that hear them claim the leadership.
    const sent = lastWord === undefined ? undefined : publisher?.end(lastWords(lastWord, this.#election.spent))
    await Promise.all([sent, this.#options.leadership.resign(this.#options.channelId, term)])
    await publisher?.close()
  }

  #endOffer(): void {
    this.#note({ type: 'offer-over' })
    this.#offers += 1
    clearInterval(this.#offerCheck)
    this.#offerCheck = undefined
  }

  follow(output: ChannelOutput): void {
    const { place } = this.#election
    this.#follow(output, { fromTerm: place.at === 'aside' ? place.fromTerm : 0 })
  }

  #follow(output: ChannelOutput, from: FollowOptions): void {
    const { relay, channelId, now, incarnation } = this.#options
    this.#feed ??= new RelayFeed({
      ...{ relay, channelId, output, from, now },
      events: {
        playing: () => this.#note({ type: 'media' }),
        silent: () => this.#events?.silent(),
        ended: (words, term) => {
          const [end, ...spent] = words.split(',')
          this.#note({ type: 'leader-ended', term, spent })
          this.#events?.ended(end as EndReason)
        },
        offered: (to, streamId) => {
          if (to === incarnation()) this.#events?.invited(streamId)
        },
        starting: () => {
          this.#note({ type: 'replaced' })
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

const NOBODY: Others = { watching: [], serving: [] }

function lastWords(end: EndReason, spent: ReadonlySet<string>): string {
  return [end, ...[...spent].slice(0, MAX_NAMED_NODES)].join(',')
}
