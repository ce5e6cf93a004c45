import { type Clock, every } from '@kptv/clock'
import type { Cluster } from '@kptv/coordination'
import { nextSuccessor } from '@kptv/failover'
import type { RelayPublisher } from '@kptv/relay'
import type { ChannelElection } from './channel-election.ts'

type OfferOptions = {
  readonly channelId: string
  readonly leadership: Pick<Cluster['leadership'], 'handOver' | 'isOffered'>
  readonly election: ChannelElection
  readonly publisher: () => RelayPublisher | undefined
  readonly clock: Clock
  /** The node that was asked to take over will not. */
  readonly onDeclined: () => void
}

export type OfferOutcome = 'offered' | 'no-successor' | 'offer-failed'

/** Interval for checking that an offer is still open. */
const CHECK_MS = 250

/** The leader's offer to another node to take its channel over. */
export class TakeoverOffer {
  readonly #options: OfferOptions
  #stopChecking: (() => void) | undefined
  /** Grows with each offer and each end of one: an answer to a former offer is late. */
  #number = 0

  constructor(options: OfferOptions) {
    this.#options = options
  }

  /**
   * @param hasSpareSlot otherwise no node can connect beside this one
   * @param follow takes the successor's media from the relay, from this term on
   */
  async make(hasSpareSlot: () => Promise<boolean>, follow: (fromTerm: number) => void): Promise<OfferOutcome> {
    const { channelId, leadership, election, publisher, clock } = this.#options
    this.end()
    const offer = this.#number
    const { serving } = await election.others()
    const successor = nextSuccessor(election.state, serving)
    if (successor === undefined) return 'no-successor'
    const isSpare = await hasSpareSlot()
    const isNamed = isSpare && (await leadership.handOver(channelId, successor))
    if (offer !== this.#number) return 'offer-failed'
    election.note({ type: 'offering', to: successor, offer })
    const publishing = publisher()
    if (!isNamed || publishing === undefined || !this.#isOpen(offer)) return this.#withdraw(offer)
    follow(election.term + 1)
    await publishing.offer(successor)
    if (!this.#isOpen(offer)) return 'offer-failed'
    this.#stopChecking = every(clock, CHECK_MS, () => void this.#check(offer))
    return 'offered'
  }

  /** The offer is over. */
  end(): void {
    this.#options.election.note({ type: 'offer-over' })
    this.#number += 1
    this.#stopChecking?.()
    this.#stopChecking = undefined
  }

  #isOpen(offer: number): boolean {
    const { place } = this.#options.election.state
    return place.at === 'offering' && place.offer === offer
  }

  #withdraw(offer: number): 'offer-failed' {
    if (this.#isOpen(offer)) this.#options.election.note({ type: 'offer-over' })
    return 'offer-failed'
  }

  async #check(offer: number): Promise<void> {
    const { leadership, channelId, onDeclined } = this.#options
    const isOffered = await leadership.isOffered(channelId).catch(() => true)
    if (isOffered || !this.#isOpen(offer)) return
    this.end()
    onDeclined()
  }
}
