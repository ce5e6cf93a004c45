import type { ErrorCode } from '@kptv/contract'
import {
  backoffMs,
  begin,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  type EndReason,
  hasMedia,
  isEnding,
  isSlateDue,
  next,
} from '@kptv/failover'
import type { Admission } from '../media/audience.ts'
import type { MediaRing } from '../media/media-ring.ts'
import type { Viewer, ViewerClient, ViewerSink } from '../media/viewer.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { Candidate } from './candidate.ts'
import { HandOver } from './hand-over.ts'
import { Linger } from './linger.ts'
import { RoundRest } from './round-rest.ts'
import { SessionAttempts } from './session-attempts.ts'
import { SessionMedia } from './session-media.ts'
import type { AdoptedChannel, SessionOptions } from './session-options.ts'
import { createSessionOrders, type SessionOrders } from './session-orders.ts'

/**
 * One channel in play on this node: the shell around the pure machine of `packages/failover`. It
 * feeds events in and carries actions out; what to do when is decided in `next()` alone.
 */
export class ChannelSession {
  readonly channelId: string
  /** Resolves when the session holds no connection, no slot, no leadership and no viewer. */
  readonly ended: Promise<EndReason>
  readonly orders: SessionOrders
  readonly #options: SessionOptions
  readonly #media: SessionMedia
  readonly #resolveEnded: (reason: EndReason) => void
  #state: ChannelState
  readonly #candidate: Candidate
  readonly #attempts: SessionAttempts
  readonly #handOver: HandOver
  readonly #linger: Linger
  readonly #rest: RoundRest

  constructor(options: SessionOptions) {
    const { channelId, streams, settings, shared, clock } = options
    const { promise, resolve } = Promise.withResolvers<EndReason>()
    const send = (event: ChannelEvent): void => this.#send(event)
    this.channelId = channelId
    this.ended = promise
    this.#resolveEnded = resolve
    this.#options = options
    this.#media = new SessionMedia({
      ...options,
      mayTake: () => this.#mayTake(),
      isFlowing: () => hasMedia(this.#state, shared?.isLeaderFlowing ?? false),
      end: () => (this.#state.phase === 'ended' ? this.#state.end : undefined),
      onAudienceChanged: () => this.#audienceChanged(),
    })
    this.#linger = new Linger({
      isEmpty: () => this.#media.isUnwatched,
      isDeserted: () => this.isLingering,
      lingerMs: () => (this.#isUnwanted ? 0 : settings.inactiveTimeoutMs),
      onOver: () => send({ type: 'abandoned' }),
      clock,
    })
    this.#rest = new RoundRest(clock, () => send({ type: 'rested' }))
    this.#candidate = new Candidate({ shared, session: this, send, clock })
    this.#attempts = new SessionAttempts({
      ...options,
      output: this.#media.output,
      state: () => this.#state,
      hasServed: () => this.#hasServed,
      priority: () => this.#media.priority,
      isDeserted: () => this.isLingering,
      send,
      onHealthy: () => {
        this.#rest.forget()
        this.#media.answerWaiting()
      },
    })
    this.#handOver = new HandOver({
      shared,
      hasSpareSlot: () => this.#attempts.hasSpareSlot(),
      output: this.#media.output,
      phase: () => this.#state.phase,
      slotId: () => this.slotId,
      send,
      clock,
    })
    this.orders = createSessionOrders({ handOver: this.#handOver, media: this.#media, state: () => this.#state, send })
    shared?.attach({
      silent: () => this.#send({ type: 'leader-silent' }),
      ended: (end) => this.#send({ type: 'leader-ended', end }),
      leadershipLost: () => this.#send({ type: 'leadership-lost' }),
      flowing: () => this.#media.answerWaiting(),
      invited: (streamId) => this.#handOver.invited(streamId),
      declined: () => this.#send({ type: 'offer-declined' }),
    })
    const first = begin(streams, settings.limits, shared !== undefined)
    this.#state = first.state
    for (const action of first.actions) this.#carryOut(action)
    this.#audienceChanged()
  }

  get phase(): ChannelState['phase'] {
    return this.#state.phase
  }

  get stream(): PlayableStream | undefined {
    return this.#attempts.stream
  }

  get slotId(): string | undefined {
    return this.#attempts.slotId
  }

  get isConnected(): boolean {
    return this.#attempts.isConnected
  }

  /** Of this node's leadership of the channel; 0 while another node leads, or none. */
  get leadTerm(): number {
    return this.#options.shared?.leadTerm ?? 0
  }

  get ring(): MediaRing {
    return this.#media.ring
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#media.viewers
  }

  /** Clients that watch on this node, by any output. */
  get viewerCount(): number {
    return this.#media.viewerCount
  }

  /** A new viewer can be served by this session: it has not begun to end. */
  get isOpen(): boolean {
    return !isEnding(this.#state)
  }

  /** No node has a viewer or a waiting request: kept only in case a viewer comes back. */
  get isLingering(): boolean {
    return this.#media.isUnwatched && !this.#options.shared?.hasFollowers()
  }

  /** Waits until there is media to send. The caller adds its viewer in the same turn. */
  admit(signal: AbortSignal, priority?: () => number): Promise<Admission<ErrorCode>> {
    return this.#media.admit(signal, priority)
  }

  addViewer(sink: ViewerSink, position: number, client?: ViewerClient): Viewer {
    return this.#media.addViewer(sink, position, client)
  }

  removeViewer(viewer: Viewer): void {
    this.#media.removeViewer(viewer)
  }

  /** For an output that makes segments for players, which hold no response. */
  get packaging(): Pick<SessionMedia, 'addPackager' | 'removePackager' | 'setPlayers' | 'handedOn' | 'endReason'> {
    return this.#media
  }

  /** A new generation of the catalogue: this stream continues, the next is chosen among these. */
  adopt({ name, streams }: AdoptedChannel): void {
    if (this.#state.phase === 'ended') return
    this.#media.output.rename(name)
    const step = next(this.#state, { type: 'candidates-changed', candidates: streams })
    this.#state = step.state
    this.#attempts.adopt(streams)
  }

  /** We lost the slot: its connection ends, even if it has viewers. */
  slotLost(isOutranked = false): void {
    this.#attempts.slotLost(isOutranked)
  }

  /** A slot of the account was released, on some node. */
  slotFreed(accountId: string): void {
    this.#attempts.slotFreed(accountId)
  }

  /** Ends at once if it has no viewers: another channel needs the slot. */
  yieldSlot(): void {
    if (this.isOpen && this.isLingering) this.#send({ type: 'abandoned' })
  }

  /** Another node with viewers leads, if there is one, and relays to us. May be called again. */
  handOver(): void {
    this.#handOver.leave()
  }

  /** Ends the session and its viewers' responses. */
  async stop(): Promise<void> {
    this.#send({ type: 'stopped' })
    await this.ended
  }

  #send(event: ChannelEvent): void {
    const step = next(this.#state, event)
    this.#state = step.state
    for (const action of step.actions) this.#carryOut(action)
    this.#media.showSlate(isSlateDue(this.#state), this.isConnected)
  }

  /** The reason is reported only if other nodes may try; otherwise the channel ends with it. */
  #reportStepDown(end: EndReason | undefined): void {
    const reason = this.#state.phase === 'following' ? end : undefined
    this.#options.events.emit({ type: 'lead-given-up', channelId: this.channelId, reason })
  }

  #carryOut(action: ChannelAction): void {
    const { events, shared, settings, random } = this.#options
    switch (action.do) {
      case 'elect':
        this.#stopWaiting()
        return this.#candidate.elect(action)
      case 'follow':
        this.#stopWaiting()
        return shared?.follow(this.#media.output)
      case 'unfollow':
        return shared?.unfollow()
      case 'lead':
        events.emit({ type: 'lead-taken', channelId: this.channelId, isTakeover: this.#hasServed })
        return shared?.lead(this.#media)
      case 'step-down':
        this.#reportStepDown(action.end)
        return this.#candidate.stepDown(action.end)
      case 'reserve':
        this.#rest.interrupt()
        return this.#attempts.carryOut(action)
      case 'close':
        this.#handOver.stopWaiting()
        return this.#attempts.carryOut(action)
      case 'yield':
        return shared?.yield()
      case 'offer':
        return void this.#handOver.offer()
      case 'consult':
        return void this.#candidate.consult()
      case 'decline':
        return shared?.decline()
      case 'rest':
        return this.#rest.before(action.round, backoffMs(action.round, settings.retryDelayMs, random()))
      case 'end':
        return this.#finish(action.end)
      default:
        return this.#attempts.carryOut(action)
    }
  }

  /** Waits for no slot and no round. Places in queues stay for a moment, for the next leader. */
  #stopWaiting(): void {
    this.#attempts.stopWaiting({ keepsPlaces: true })
    this.#rest.forget()
  }

  /** The gate: a node that may no longer lead takes no media, for its own viewers or others. */
  #mayTake(): boolean {
    const lead = this.#options.shared?.standing() ?? 'held'
    const slot = this.#attempts.standing
    if (lead === 'lost') this.#send({ type: 'leadership-lost' })
    else if (slot === 'lost') this.slotLost()
    return lead === 'held' && slot === 'held'
  }

  /** Viewers have had media from this session, under any leader. */
  get #hasServed(): boolean {
    return 'ledger' in this.#state && this.#state.ledger.begun
  }

  #audienceChanged(): void {
    this.#options.shared?.setViewers(this.#media.audienceCount, this.#media.priority)
    this.#attempts.rankChanged()
    if (this.#state.phase !== 'ended') this.#linger.changed()
  }

  /** Not kept for a viewer that may come back: there is no connection, or others wait for it. */
  get #isUnwanted(): boolean {
    if (this.#state.phase === 'waiting' || this.#state.phase === 'resting') return true
    return this.slotId !== undefined && this.#options.cluster.isWanted(this.stream?.accountId ?? '')
  }

  #finish(reason: EndReason): void {
    const steppedDown = this.#candidate.stop()
    this.#linger.stop()
    this.#rest.forget()
    this.#attempts.stopWaiting({ keepsPlaces: false })
    this.#handOver.stopWaiting()
    this.#media.end()
    this.#options.shared?.dispose()
    this.#options.events.emit({ type: 'channel-ended', channelId: this.channelId, reason })
    void steppedDown.then(() => this.#resolveEnded(reason))
  }
}
