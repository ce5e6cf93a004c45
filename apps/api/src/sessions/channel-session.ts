import {
  type Attempt,
  backoffMs,
  begin,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  type EndReason,
  hasMedia,
  isEnding,
  isLastResort,
  isSlateDue,
  mayReturn,
  next,
} from '@kptv/failover'
import { type Admission, Audience } from '../media/audience.ts'
import { ChannelOutput } from '../media/channel-output.ts'
import type { MediaRing } from '../media/media-ring.ts'
import { SlateShow } from '../media/slate-show.ts'
import type { Viewer, ViewerSink } from '../media/viewer.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { readBacklog } from './backlog.ts'
import { Candidate } from './candidate.ts'
import { HandOver } from './hand-over.ts'
import { Linger } from './linger.ts'
import { RoundRest } from './round-rest.ts'
import { SessionConnection } from './session-connection.ts'
import type { SessionOptions } from './session-options.ts'
import { SlotSearch } from './slot-search.ts'

/**
 * One channel in play on this node: the shell around the pure machine of `packages/failover`. It
 * feeds events in and carries actions out; what to do when is decided in `next()` alone.
 */
export class ChannelSession {
  readonly channelId: string
  /**
   * Resolves when nothing is left of the session: no connection, no slot, no leadership, no viewer.
   */
  readonly ended: Promise<EndReason>
  readonly #options: SessionOptions
  readonly #output: ChannelOutput
  readonly #slate: SlateShow
  readonly #audience: Audience<EndReason>
  readonly #resolveEnded: (reason: EndReason) => void
  #streams: readonly PlayableStream[]
  #state: ChannelState
  readonly #candidate: Candidate
  readonly #connection: SessionConnection
  readonly #handOver: HandOver
  readonly #slotSearch: SlotSearch
  readonly #linger: Linger
  readonly #rest: RoundRest

  constructor(options: SessionOptions) {
    const { channelId, streams, settings, shared, now, events } = options
    const { promise, resolve } = Promise.withResolvers<EndReason>()
    this.channelId = channelId
    this.ended = promise
    this.#resolveEnded = resolve
    this.#options = options
    this.#streams = streams
    this.#output = new ChannelOutput({
      sink: {
        write: (...media) => this.#write(...media),
        commit: (state) => this.#audience.commit(state),
      },
      mayTake: () => this.#mayTake(),
      hasSlate: settings.limits.slate === true,
      now,
    })
    this.#slate = new SlateShow({ output: this.#output, now })
    this.#linger = new Linger({
      isEmpty: () => this.#audience.isEmpty,
      isDeserted: () => this.isLingering,
      lingerMs: () => (this.#isUnwanted ? 0 : settings.inactiveTimeoutMs),
      onOver: () => this.#send({ type: 'abandoned' }),
    })
    this.#audience = new Audience({
      ...options,
      admission: () => this.#admission(),
      reasonLeft: 'idle',
      reasonLate: 'streams-failing',
      isMediaNear: () => this.#hasMedia,
      onChange: () => this.#audienceChanged(),
      onLeft: ({ sentBytes, jumps }) => {
        const reason = this.#state.phase === 'ended' ? 'ended' : 'left'
        events.emit({ type: 'viewer-left', channelId, reason, sentBytes, jumps })
      },
    })
    this.#rest = new RoundRest(now, () => this.#send({ type: 'rested' }))
    const send = (event: ChannelEvent): void => this.#send(event)
    this.#candidate = new Candidate({ shared, isEnded: () => this.#state.phase === 'ended', send })
    this.#slotSearch = new SlotSearch({
      cluster: options.cluster,
      hasServed: () => this.#hasServed,
      isDeserted: () => this.isLingering,
      send,
    })
    this.#handOver = new HandOver({
      shared,
      hasSpareSlot: () => options.cluster.hasSpareSlot(this.#streams),
      output: this.#output,
      phase: () => this.#state.phase,
      slotId: () => this.slotId,
      send,
    })
    this.#connection = new SessionConnection({
      ...options,
      output: this.#output,
      send,
      onHealthy: () => {
        this.#rest.forget()
        this.#audience.answerWaiting()
      },
    })
    shared?.attach({
      silent: () => this.#send({ type: 'leader-silent' }),
      ended: (end) => this.#send({ type: 'leader-ended', end }),
      leadershipLost: () => this.#send({ type: 'leadership-lost' }),
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

  /** The stream that is being tried or played. */
  get stream(): PlayableStream | undefined {
    return 'attempt' in this.#state ? this.#streams[this.#state.attempt.stream] : undefined
  }

  get slotId(): string | undefined {
    return this.#connection.slotId
  }

  /** A connection to a provider is open, or being opened or closed. */
  get isConnected(): boolean {
    return this.#connection.isThere
  }

  get ring(): MediaRing {
    return this.#audience.ring
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#audience.viewers
  }

  /** A new viewer can be served by this session: it has not begun to end. */
  get isOpen(): boolean {
    return !isEnding(this.#state)
  }

  /**
   * Nobody watches or waits, on any node; the connection is kept only in case somebody comes back.
   */
  get isLingering(): boolean {
    return this.#audience.isEmpty && !this.#options.shared?.hasFollowers()
  }

  /**
   * Waits until there is media to send. The caller adds its viewer in the same turn of the event
   * loop.
   */
  admit(signal: AbortSignal): Promise<Admission<EndReason>> {
    return this.#audience.admit(signal)
  }

  addViewer(sink: ViewerSink, position: number): Viewer {
    this.#options.events.emit({ type: 'viewer-joined', channelId: this.channelId })
    return this.#audience.add(sink, position)
  }

  removeViewer(viewer: Viewer): void {
    this.#audience.remove(viewer)
  }

  /**
   * Another generation of the catalogue: what plays goes on, the next choice is made among these.
   */
  changeStreams(streams: readonly PlayableStream[]): void {
    if (this.#state.phase === 'ended') return
    const step = next(this.#state, { type: 'candidates-changed', candidates: streams })
    const all = new Map([...this.#streams, ...streams].map((stream) => [stream.streamId, stream]))
    this.#state = step.state
    if (this.#state.phase === 'ended') return
    this.#streams = this.#state.ledger.candidates.map(({ streamId }) => all.get(streamId)!)
  }

  /** The slot is not ours any more: the connection it stood for must end, no matter who watches. */
  slotLost(): void {
    if ('attempt' in this.#state) this.#connection.loseSlot(this.#state.attempt.number)
  }

  /** A slot of the account was given back, on some node. */
  slotFreed(accountId: string): void {
    if (this.#streams.some((stream) => stream.accountId === accountId)) this.#slotSearch.freed()
  }

  /** Gives up at once when nobody watches: another channel needs the slot. */
  yieldSlot(): void {
    if (this.isLingering) this.#send({ type: 'abandoned' })
  }

  /**
   * Leaves the leadership to another node with viewers, if there is one; the viewers here go on by
   * relay. May be called again.
   */
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
    this.#slate.set(isSlateDue(this.#state), this.isConnected)
  }

  /**
   * A reason is worth a word only where other nodes may try: where they cannot, the channel ends
   * with it.
   */
  #reportStepDown(end: EndReason | undefined): void {
    const reason = this.#state.phase === 'following' ? end : undefined
    this.#options.events.emit({ type: 'lead-given-up', channelId: this.channelId, reason })
  }

  #streamOf({ stream }: Attempt): PlayableStream {
    return this.#streams[stream]!
  }

  #carryOut(action: ChannelAction): void {
    const { cluster, events, shared, settings, random } = this.#options
    switch (action.do) {
      case 'elect':
        this.#leaveTheRest()
        return this.#candidate.elect(action)
      case 'follow':
        this.#leaveTheRest()
        return shared?.follow(this.#output)
      case 'unfollow':
        return shared?.unfollow()
      case 'lead':
        events.emit({ type: 'lead-taken', channelId: this.channelId, isTakeover: this.#hasServed })
        return shared?.lead(() => readBacklog(this.ring, this.#output))
      case 'step-down':
        this.#reportStepDown(action.end)
        return this.#candidate.stepDown(action.end)
      case 'reserve':
        this.#rest.interrupt()
        return this.#connection.reserve(
          action.attempt.number,
          this.#slotSearch.take(this.#streamOf(action.attempt), { onlySpare: action.spare === true }),
        )
      case 'open':
        return this.#connection.open(action.attempt.number, this.#streamOf(action.attempt), isLastResort(this.#state))
      case 'prepare':
        return this.#connection.prepare(action.attempt.number, this.#streamOf(action.attempt))
      case 'take-over':
        if (this.slotId !== undefined) shared?.noteSlot(this.#streamOf(action.attempt).accountId, this.slotId)
        return this.#connection.takeOver()
      case 'yield':
        return shared?.yield()
      case 'offer':
        return void this.#handOver.offer()
      case 'consult':
        return void this.#candidate.consult()
      case 'decline':
        return shared?.decline()
      case 'close':
        return this.#close(action.attempt)
      case 'note-failure':
        return cluster.noteFailure(this.slotId ?? '', this.#streamOf(action.attempt), action.failure)
      case 'note-success':
        return cluster.noteSuccess(this.slotId ?? '', this.#streamOf(action.attempt).streamId)
      case 'rest':
        return this.#rest.before(action.round, backoffMs(action.round, settings.retryDelayMs, random()))
      case 'await-slot':
        return this.#slotSearch.queueFor(
          action.streams.map((stream) => this.#streams[stream]!),
          action,
        )
      case 'end':
        return this.#finish(action.end)
    }
  }

  /** Places in queues stay for a moment, for the node that leads next. */
  #leaveTheRest(): void {
    this.#slotSearch.leave({ keepsPlaces: true })
    this.#rest.forget()
  }

  #close(attempt: Attempt): void {
    this.#handOver.stopWaiting()
    // Before the slot is given back: viewers who have media already, on any node, must not lose it
    // to somebody who waits.
    if (this.#goesOnServing) this.#options.cluster.queue(this.#streamOf(attempt), true).catch(() => undefined)
    void this.#connection.close(attempt.number)
  }

  /**
   * The gate: who may not lead any more takes nothing, neither for its own viewers nor for others.
   */
  #mayTake(): boolean {
    const lead = this.#options.shared?.standing() ?? 'held'
    if (lead === 'lost') this.#send({ type: 'leadership-lost' })
    else if (this.#connection.standing === 'lost') this.slotLost()
    else return lead === 'held' && this.#connection.standing === 'held'
    return false
  }

  /**
   * All media of the session: for the viewers here, and for all nodes unless it came from another.
   */
  #write(packets: Buffer, isJoinPoint: boolean): void {
    const output = this.#output
    const { source } = output
    if (source !== 'relay') {
      const joinPoints = isJoinPoint ? [0] : []
      this.#options.shared?.publish(() => ({ packets, joinPoints, origin: output.origin, state: output.place }))
    }
    if (source !== 'slate') {
      this.#options.events.emit({ type: 'media-received', channelId: this.channelId, bytes: packets.length })
    }
    this.#audience.write(packets, isJoinPoint)
  }

  #admission(): Admission<EndReason> | undefined {
    if (this.#state.phase === 'ended') return { admitted: false, reason: this.#state.end }
    const position = this.ring.newestJoinPoint
    return this.#hasMedia && position !== undefined ? { admitted: true, position } : undefined
  }

  /** Viewers have had media from this session, no matter who led it. */
  get #hasServed(): boolean {
    return 'ledger' in this.#state && this.#state.ledger.begun
  }

  get #goesOnServing(): boolean {
    if (!this.#hasServed || this.#state.phase !== 'closing' || !mayReturn(this.#state)) return false
    return (
      this.#state.after.go === 'on' || (this.#state.after.go === 'elect' && this.#options.shared?.mayLead() === true)
    )
  }

  get #hasMedia(): boolean {
    return hasMedia(this.#state) || this.#slate.isOn
  }

  #audienceChanged(): void {
    this.#options.shared?.setViewers(this.#audience.viewers.size)
    if (this.#state.phase !== 'ended') this.#linger.changed()
  }

  /** Nothing is kept for somebody who comes back: there is no connection, or others wait for it. */
  get #isUnwanted(): boolean {
    if (this.#state.phase === 'waiting' || this.#state.phase === 'resting') return true
    return this.slotId !== undefined && this.#options.cluster.isWanted(this.stream?.accountId ?? '')
  }

  #finish(reason: EndReason): void {
    const steppedDown = this.#candidate.stop()
    this.#linger.stop()
    this.#rest.forget()
    this.#slotSearch.leave({ keepsPlaces: false })
    this.#handOver.stopWaiting()
    this.#audience.end()
    this.#options.shared?.dispose()
    this.#options.events.emit({ type: 'channel-ended', channelId: this.channelId, reason })
    void steppedDown.then(() => this.#resolveEnded(reason))
  }
}
