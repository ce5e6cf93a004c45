import type { Cluster, Proof, Standing } from '@kptv/coordination'
import type { EndReason } from '@kptv/failover'
import type { FollowOptions, PublishedMedia, Relay, RelayPublisher } from '@kptv/relay'
import type { ChannelOutput } from '../media/channel-output.ts'
import { ChannelElection, type Consultation, type ElectionOptions } from './channel-election.ts'
import { RelayFeed } from './relay-feed.ts'
import { type OfferOutcome, TakeoverOffer } from './takeover-offer.ts'

/** Events of the shared channel, for the session. */
type SharedChannelEvents = {
  /** The leader has been silent for long enough to be gone. Repeated while that lasts. */
  silent(): void
  /** The leader's last words. */
  ended(end: EndReason): void
  leadershipLost(): void
  /** The leader has media again. */
  flowing(): void
  /** The leader asks this node to take over; with the stream that it plays. */
  invited(streamId: string | undefined): void
  /** The node that was asked to take over will not. */
  declined(): void
}

export type SharedChannelOptions = ElectionOptions & {
  readonly leadership: Pick<
    Cluster['leadership'],
    'mayLead' | 'resign' | 'onLost' | 'handOver' | 'declineHandOver' | 'isOffered'
  >
  readonly presence: Pick<Cluster['presence'], 'set'>
  readonly relay: Pick<Relay, 'publisher' | 'follow'>
}

/** What a leader has for all nodes. */
export type LedMedia = {
  readonly isFlowing: boolean
  backlog(): readonly PublishedMedia[]
}

/** More than a cluster has; last words that name all nodes must stay short. */
const MAX_NAMED_NODES = 63

/** A channel as all nodes share it: who leads it, in Redis, and its media, over the relay. */
export class SharedChannel {
  readonly #options: SharedChannelOptions
  readonly #election: ChannelElection
  readonly #offer: TakeoverOffer
  readonly #stopListening: () => void
  #events: SharedChannelEvents | undefined
  #publisher: RelayPublisher | undefined
  #feed: RelayFeed | undefined

  constructor(options: SharedChannelOptions) {
    const { channelId, leadership } = options
    this.#options = options
    this.#election = new ChannelElection(options)
    this.#offer = new TakeoverOffer({
      ...options,
      election: this.#election,
      publisher: () => this.#publisher,
      onDeclined: () => this.#events?.declined(),
    })
    this.#stopListening = leadership.onLost((lostId, term) => {
      if (lostId === channelId && term === this.#election.term) this.#events?.leadershipLost()
    })
  }

  attach(events: SharedChannelEvents): void {
    this.#events = events
  }

  /** Claims the leadership, unless others go first. Throws when Redis is away. */
  elect(): ReturnType<ChannelElection['elect']> {
    return this.#election.elect()
  }

  /** This node drains: from now on it yields to every other candidate and never takes over. */
  leave(): void {
    this.#election.note({ type: 'draining' })
  }

  /** A person orders a hand-over: nodes that were asked to take over before are asked again. */
  moveOrdered(): void {
    this.#election.note({ type: 'move-ordered' })
  }

  /**
   * This node has tried every stream that it can reach: finds out whether other nodes with viewers
   * may still try theirs. Never throws.
   */
  consult(): Promise<Consultation> {
    return this.#election.consult()
  }

  /** Of this node's leadership; 0 while it may not lead. */
  get leadTerm(): number {
    return this.mayLead() ? this.#election.term : 0
  }

  /** Whether this node may pull and publish at this moment, by its own clock. */
  mayLead(): boolean {
    return this.standing() === 'held'
  }

  /**
   * How surely this node leads. `unproven`: its clock was set forward, and the next heartbeat
   * decides, within milliseconds.
   */
  standing(): Standing {
    return this.#election.standing()
  }

  /**
   * The leadership under which a slot is requested, with proof that the former leader's slot of
   * this account is free.
   */
  claimTo(accountId: string): { readonly term: number; readonly proof?: Proof } {
    return this.#election.claimTo(accountId)
  }

  /** For people, and for the next leader. */
  noteSlot(accountId: string, slotId: string): void {
    this.#election.noteSlot(accountId, slotId)
  }

  /**
   * From now on this node plays for all nodes.
   *
   * @param media `backlog`: the newest media of this node, from a join point on. If the output
   *   continues it without a gap, other nodes find their place in it and continue without a gap too
   */
  lead(media: LedMedia): void {
    const { relay, channelId, leadership } = this.#options
    const { term } = this.#election
    const mayPublish = () => leadership.mayLead(channelId, term)
    const backlog = () => media.backlog()
    this.#publisher = relay.publisher(channelId, term, { mayPublish, isFlowing: () => media.isFlowing, backlog })
    for (const piece of backlog()) this.#publisher.append(piece)
  }

  /** @param media read only if another node follows */
  publish(media: () => PublishedMedia): void {
    if (this.#publisher?.isResting === false) this.#publisher.append(media())
  }

  /** Resolves when other nodes have been sent all that was published so far, or cannot be. */
  async handedOn(): Promise<void> {
    await this.#publisher?.flush()
  }

  /** Other nodes take the channel from this one. */
  hasFollowers(): boolean {
    return (this.#publisher?.followers ?? 0) > 0
  }

  /** The next step down is a hand-over: others hear of it at once and go first. */
  yield(): void {
    this.#election.note({ type: 'yielded' })
  }

  /**
   * Asks a node with viewers to take over, while this one plays on. When that node's media arrives
   * on the relay, the output continues with it, and `leadershipLost` is reported.
   *
   * @param hasSpareSlot otherwise no node can connect beside this one
   * @returns `no-successor`: every node that could lead was asked already, or drains too. Throws
   * when Redis is away: then no node can take over either.
   */
  offer(output: ChannelOutput, hasSpareSlot: () => Promise<boolean>): Promise<OfferOutcome> {
    return this.#offer.make(hasSpareSlot, (fromTerm) => this.#follow(output, { fromTerm, fromStart: true }))
  }

  /** The leader has asked this node to take over, which it will not. */
  decline(): void {
    const { leadership, channelId } = this.#options
    leadership.declineHandOver(channelId).catch(() => undefined)
  }

  /**
   * Gives the leadership back, after the provider's connection is closed. Followers hear the
   * reason, and which nodes have tried.
   */
  async stepDown(end: EndReason | undefined): Promise<void> {
    const publisher = this.#publisher
    const { term } = this.#election
    this.#publisher = undefined
    this.#offer.end()
    const lastWord = end ?? (this.#election.isYielding ? 'stopped' : undefined)
    this.#election.note({ type: 'stepped-down', atMs: this.#options.clock.monotonicMs() })
    // Together with the last words: nodes that hear them claim the leadership at once.
    const sent = lastWord === undefined ? undefined : publisher?.end(lastWords(lastWord, this.#election.state.spent))
    await Promise.all([sent, this.#options.leadership.resign(this.#options.channelId, term)])
    await publisher?.close()
  }

  follow(output: ChannelOutput): void {
    const { place } = this.#election.state
    this.#follow(output, { fromTerm: place.at === 'aside' ? place.fromTerm : 0 })
  }

  #follow(output: ChannelOutput, from: FollowOptions): void {
    const { relay, channelId, clock, incarnation } = this.#options
    this.#feed ??= new RelayFeed({
      relay,
      channelId,
      output,
      from,
      clock,
      events: {
        playing: () => this.#election.note({ type: 'media' }),
        flowing: () => this.#events?.flowing(),
        silent: () => this.#events?.silent(),
        ended: (words, term) => {
          const [end, ...spent] = words.split(',')
          this.#election.note({ type: 'leader-ended', term, spent, self: incarnation() })
          this.#events?.ended(end as EndReason)
        },
        offered: (to, streamId) => {
          if (to === incarnation()) this.#events?.invited(streamId)
        },
        starting: () => {
          this.#election.note({ type: 'replaced' })
          this.#events?.leadershipLost()
        },
      },
    })
  }

  /** Media reaches the leader that this node follows. */
  get isLeaderFlowing(): boolean {
    return this.#feed?.isFlowing ?? false
  }

  unfollow(): void {
    this.#offer.end()
    void this.#feed?.close()
    this.#feed = undefined
  }

  /**
   * Reports this node's viewers to the other nodes, and the highest priority.
   *
   * @param count not 0 while a request waits for media: then this node may lead
   */
  setViewers(count: number, priority: number): void {
    this.#options.presence.set(this.#options.channelId, count, priority)
  }

  /** The session is over. */
  dispose(): void {
    this.unfollow()
    this.#stopListening()
    this.setViewers(0, 0)
  }
}

function lastWords(end: EndReason, spent: ReadonlySet<string>): string {
  return [end, ...[...spent].slice(0, MAX_NAMED_NODES)].join(',')
}
