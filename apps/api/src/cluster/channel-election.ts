import type { Clock } from '@kptv/clock'
import type { Cluster, Proof, Standing } from '@kptv/coordination'
import {
  advance,
  asksOthers,
  type Election,
  type ElectionEvent,
  type Others,
  openElection,
  stand,
  unspent,
} from '@kptv/failover'

export type ElectionOptions = {
  readonly channelId: string
  readonly leadership: Pick<Cluster['leadership'], 'claim' | 'read' | 'standing' | 'note'>
  readonly presence: Pick<Cluster['presence'], 'others'>
  /** Of this process, at this moment. */
  readonly incarnation: () => string
  /** Whether that process is there and does not drain. Throws when Redis is away. */
  readonly mayLead: (incarnation: string) => Promise<boolean>
  readonly clock: Clock
}

/** The right to continue with the former leader's slot. */
export type ClaimOutcome = Awaited<ReturnType<Cluster['leadership']['claim']>>
type Inheritance = NonNullable<Extract<ClaimOutcome, { readonly outcome: 'leading' }>['inherits']>

/** `others-unknown`: Redis is away. */
export type Consultation = 'others-may-try' | 'nobody-else' | 'others-unknown'

/** How much later than a leader's last words its resignation may arrive in Redis. */
const RESIGNATION_MS = 50

const NOBODY: Others = { watching: [], serving: [] }

/**
 * This node's part in the elections of one channel. It talks to Redis;
 * `packages/failover/src/election.ts` decides when this node may lead.
 */
export class ChannelElection {
  readonly #options: ElectionOptions
  #state = openElection()
  #inheritance: Inheritance | undefined

  constructor(options: ElectionOptions) {
    this.#options = options
  }

  get state(): Election {
    return this.#state
  }

  note(event: ElectionEvent): void {
    this.#state = advance(this.#state, event)
  }

  /** Of this node's leadership; 0 if it does not lead. */
  get term(): number {
    const { place } = this.#state
    return place.at === 'aside' ? 0 : place.term
  }

  /** The next step down is a hand-over: others go first. */
  get isYielding(): boolean {
    const { place } = this.#state
    return place.at !== 'aside' && place.yields
  }

  /** How surely this node leads, by its own clock. */
  standing(): Standing {
    const { place } = this.#state
    if (place.at === 'aside' || place.at === 'replaced') return 'lost'
    return this.#options.leadership.standing(this.#options.channelId, place.term)
  }

  /** Claims the leadership, unless others go first. Throws when Redis is away. */
  async elect(): Promise<'elected' | 'led-by-another' | 'cold' | 'spent'> {
    const standing = await this.#stand()
    if (standing !== 'claim') {
      const leader = await this.#options.leadership.read(this.#options.channelId)
      if (leader !== undefined && leader.term !== this.#endedTerm) {
        this.note({ type: 'met', term: leader.term })
        return 'led-by-another'
      }
      if (standing === 'let-others') return 'cold'
      this.note({ type: 'chances-over' })
      return 'spent'
    }
    const answer = await this.#claim()
    if (answer.outcome === 'cold') return 'cold'
    if (answer.outcome === 'led') {
      this.note({ type: 'led-by', term: answer.by.term })
      return 'led-by-another'
    }
    this.note({ type: 'elected', term: answer.term })
    this.#inheritance = answer.inherits
    return 'elected'
  }

  async #stand(): Promise<ReturnType<typeof stand>> {
    const { incarnation, clock } = this.#options
    const self = incarnation()
    if (!asksOthers(this.#state, self)) return stand(this.#state, self, NOBODY, clock.monotonicMs())
    const others = await this.others().catch((error: unknown) => {
      this.note({ type: 'outage' })
      throw error
    })
    this.note({ type: 'vacant', atMs: clock.monotonicMs() })
    return stand(this.#state, self, others, clock.monotonicMs())
  }

  /**
   * A leader whose last words were heard is about to resign: a claim that came too early is
   * repeated.
   */
  async #claim(): Promise<ClaimOutcome> {
    const { channelId, leadership, clock } = this.#options
    const answer = await leadership.claim({ channelId })
    if (answer.outcome !== 'led' || answer.by.term !== this.#endedTerm) return answer
    await new Promise<void>((resolve) => clock.after(RESIGNATION_MS, resolve))
    return leadership.claim({ channelId })
  }

  get #endedTerm(): number {
    const { place } = this.#state
    return place.at === 'aside' ? place.endedTerm : 0
  }

  /** Other nodes with viewers, those with the most first. */
  async others(): Promise<Others> {
    const { presence, channelId, mayLead } = this.#options
    const watching = await presence.others(channelId)
    const serving = await Promise.all(watching.map(mayLead))
    return { watching, serving: watching.filter((_, index) => serving[index]) }
  }

  /**
   * This node has tried every stream that it can reach: finds out whether other nodes with viewers
   * may still try theirs. Never throws.
   */
  async consult(): Promise<Consultation> {
    try {
      const watching = await this.#options.presence.others(this.#options.channelId)
      // Without Redis no stream could be tried: then it is not spent.
      this.note({ type: 'spent', self: this.#options.incarnation() })
      return unspent(this.#state, watching).length > 0 ? 'others-may-try' : 'nobody-else'
    } catch {
      return 'others-unknown'
    }
  }

  /**
   * The leadership under which a slot is requested, with proof that the former leader's slot of
   * this account is free.
   */
  claimTo(accountId: string): { readonly term: number; readonly proof?: Proof } {
    const inheritance = this.#inheritance
    const isInherited = inheritance !== undefined && inheritance.accountId === accountId
    return { term: this.term, ...(isInherited && { proof: inheritance }) }
  }

  /**
   * For people, and for the next leader. It uses up what the former leader left of this account.
   */
  noteSlot(accountId: string, slotId: string): void {
    if (this.#inheritance?.accountId === accountId) this.#inheritance = undefined
    this.#options.leadership.note(this.#options.channelId, { accountId, slotId })
  }
}
