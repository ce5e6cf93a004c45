import type { Standing } from '@kptv/coordination'
import {
  type Attempt,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  isLastResort,
  mayReturn,
} from '@kptv/failover'
import type { SessionRank } from '../cluster/session-slots.ts'
import type { ChannelOutput } from '../media/channel-output.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { SessionConnection } from './session-connection.ts'
import type { SessionOptions } from './session-options.ts'
import { SlotSearch } from './slot-search.ts'

type AttemptsOptions = SessionOptions & {
  readonly output: ChannelOutput
  readonly state: () => ChannelState
  /** Viewers have had media from this session. */
  readonly hasServed: () => boolean
  /** The highest of its viewers on this node. */
  readonly priority: () => number
  /** No node has a viewer or a waiting request. */
  readonly isDeserted: () => boolean
  readonly send: (event: ChannelEvent) => void
  readonly onHealthy: () => void
}

/** Actions about one stream, or about a slot for one. */
type AttemptAction = Extract<ChannelAction, { readonly attempt: Attempt } | { readonly do: 'await-slot' }>

/** A session's attempts to play its streams: one slot and one connection at a time. */
export class SessionAttempts {
  readonly #options: AttemptsOptions
  readonly #connection: SessionConnection
  readonly #slotSearch: SlotSearch
  #streams: readonly PlayableStream[]

  constructor(options: AttemptsOptions) {
    this.#options = options
    this.#streams = options.streams
    this.#connection = new SessionConnection(options)
    this.#slotSearch = new SlotSearch({ ...options, rank: () => this.#rank })
  }

  /** The stream that is being tried or played. */
  get stream(): PlayableStream | undefined {
    const state = this.#options.state()
    return 'attempt' in state ? this.#streamOf(state.attempt) : undefined
  }

  get slotId(): string | undefined {
    return this.#connection.slotId
  }

  /** A connection to a provider is open, or being opened or closed. */
  get isConnected(): boolean {
    return this.#connection.isThere
  }

  /** How surely the slot is ours, by our own clock. */
  get standing(): Standing {
    return this.#connection.standing
  }

  /** Some account of the channel has a connection to spare. */
  hasSpareSlot(): Promise<boolean> {
    return this.#options.cluster.hasSpareSlot(this.#streams)
  }

  /**
   * The machine has adopted these streams, in its own order, and may still play one of the former
   * ones.
   */
  adopt(streams: readonly PlayableStream[]): void {
    const state = this.#options.state()
    if (state.phase === 'ended') return
    const all = new Map([...this.#streams, ...streams].map((stream) => [stream.streamId, stream]))
    this.#streams = state.ledger.candidates.map(({ streamId }) => all.get(streamId)!)
  }

  /** @param isOutranked a session of higher priority gets it */
  slotLost(isOutranked: boolean): void {
    const state = this.#options.state()
    if ('attempt' in state) this.#connection.loseSlot(state.attempt.number, isOutranked)
  }

  /** Its viewers on this node have changed. */
  rankChanged(): void {
    if (this.slotId !== undefined) this.#options.cluster.rankSlot(this.slotId, this.#options.priority())
  }

  /** A slot of the account was released, on some node. */
  slotFreed(accountId: string): void {
    if (this.#streams.some((stream) => stream.accountId === accountId)) this.#slotSearch.freed()
  }

  /** @param keepsPlaces in queues, for a moment, for the node that leads next */
  stopWaiting({ keepsPlaces }: { readonly keepsPlaces: boolean }): void {
    this.#slotSearch.leave({ keepsPlaces })
  }

  carryOut(action: AttemptAction): void {
    const { cluster, shared } = this.#options
    if (action.do === 'await-slot') {
      const streams = action.streams.map((index) => this.#streams[index]!)
      return this.#slotSearch.queueFor(streams, action)
    }
    const { number } = action.attempt
    const stream = this.#streamOf(action.attempt)
    switch (action.do) {
      case 'reserve':
        return this.#connection.reserve(
          number,
          stream,
          this.#slotSearch.take(stream, { onlySpare: action.spare === true }),
        )
      case 'open':
        return this.#connection.open(number, stream, isLastResort(this.#options.state()))
      case 'prepare':
        return this.#connection.prepare(number, stream)
      case 'take-over':
        if (this.slotId !== undefined) shared?.noteSlot(stream.accountId, this.slotId)
        return this.#connection.takeOver()
      case 'close':
        // Before the slot is given back: viewers that have media already, on any node, must not
        // lose it to a request that waits.
        if (this.#willReturn) cluster.queue(stream, this.#rank).catch(() => undefined)
        return void this.#connection.close(number)
      case 'note-failure':
        return cluster.noteFailure(this.slotId ?? '', stream, action.failure)
      case 'note-success':
        return cluster.noteSuccess(this.slotId ?? '', stream.streamId)
    }
  }

  get #rank(): SessionRank {
    const { hasServed, priority } = this.#options
    return { hasViewers: hasServed(), priority: priority() }
  }

  #streamOf({ stream }: Attempt): PlayableStream {
    return this.#streams[stream]!
  }

  /** Its viewers will need a slot of this account again. */
  get #willReturn(): boolean {
    const { state, hasServed, shared } = this.#options
    const present = state()
    if (!hasServed() || present.phase !== 'closing' || !mayReturn(present)) return false
    return present.after.go === 'on' || (present.after.go === 'elect' && shared?.mayLead() === true)
  }
}
