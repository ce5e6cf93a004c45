import {
  type Attempt,
  backoffMs,
  begin,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  createClipMemory,
  type EndReason,
  next,
  type Step,
} from '@kptv/failover'
import type { MediaOrigin } from '@kptv/relay'
import { type Admission, Audience } from './audience.ts'
import { type ChannelOutput, createChannelOutput, isSameOrigin } from './channel-output.ts'
import type { OutputMedia } from './cluster-channel.ts'
import type { MediaRing } from './media-ring.ts'
import type { PlayableStream } from './playable-streams.ts'
import { RoundRest } from './round-rest.ts'
import type { ConnectionEnd, SlotAnswer } from './session-cluster.ts'
import type { SessionOptions } from './session-options.ts'
import { SlotWait } from './slot-wait.ts'
import { StreamPull } from './stream-pull.ts'
import type { Viewer, ViewerSink } from './viewer.ts'

/** Between two looks whether other nodes still take the channel from here. */
const FOLLOWERS_CHECK_MS = 1_000

/** Between two claims while nobody can be elected. */
const ELECTION_PAUSE_MS = 250

/**
 * One channel in play on this node: the shell around the pure machine of `packages/failover`. It feeds events in and
 * carries actions out; what to do when is decided in `next()` alone.
 */
export class ChannelSession {
  readonly channelId: string
  /** Resolves when nothing is left of the session: no connection, no slot, no leadership, no viewer. */
  readonly ended: Promise<EndReason>
  readonly #options: SessionOptions
  readonly #output: ChannelOutput = createChannelOutput()
  readonly #clips = createClipMemory()
  readonly #audience: Audience<EndReason>
  readonly #resolveEnded: (reason: EndReason) => void
  /** As the machine numbers them. */
  #streams: readonly PlayableStream[]
  #state: ChannelState
  #reserving: Promise<void> = Promise.resolve()
  #steppingDown: Promise<void> | undefined
  #pull: StreamPull | undefined
  #slotId: string | undefined
  readonly #slotWait: SlotWait<PlayableStream>
  #askAgainInMs = Infinity
  /** Of the present attempt, for what its provider may still count. */
  #end: ConnectionEnd = { failure: undefined, wasSound: false }
  /** Of the newest media in the ring, and the position from which on it is that. */
  #ringOrigin: { readonly origin: MediaOrigin | undefined; readonly from: number } | undefined
  #linger: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  readonly #rest: RoundRest
  #proof: NodeJS.Timeout | undefined

  constructor(options: SessionOptions) {
    const { channelId, streams, settings, shared, ringBytes, now, observer } = options
    const { promise, resolve } = Promise.withResolvers<EndReason>()
    this.channelId = channelId
    this.ended = promise
    this.#resolveEnded = resolve
    this.#options = options
    this.#streams = streams
    this.#audience = new Audience({
      ringBytes,
      now,
      admission: () => this.#admission(),
      reasonLeft: 'idle',
      reasonLate: () => (this.#hasMedia ? undefined : 'streams-failing'),
      onChange: () => this.#audienceChanged(),
      onLeft: (viewer) => observer.viewerLeft(viewer),
    })
    this.#rest = new RoundRest(now, () => this.#send({ type: 'rested' }))
    this.#slotWait = new SlotWait({
      queue: (stream) => options.cluster.queue(stream, this.#hasServed),
      want: (stream) => options.cluster.want(stream),
      leave: () => options.cluster.leaveQueues(),
      onTurn: () => this.#send({ type: 'slot-free' }),
      onEnough: () => this.#send({ type: 'waited-enough' }),
    })
    shared?.attach({
      media: (packets, joinPoints) => this.#media(packets, joinPoints),
      silent: () => this.#send({ type: 'leader-silent' }),
      ended: (end) => this.#send({ type: 'leader-ended', end }),
      leadershipLost: () => this.#send({ type: 'leadership-lost' }),
    })
    const first = begin(streams, settings.limits, shared !== undefined)
    this.#state = first.state
    this.#apply(first)
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
    return this.#slotId
  }

  /** A connection to a provider is open, or being opened or closed. */
  get isConnected(): boolean {
    return this.#pull !== undefined
  }

  get ring(): MediaRing {
    return this.#audience.ring
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#audience.viewers
  }

  /** A new viewer can be served by this session: it has not begun to end. */
  get isOpen(): boolean {
    return this.#state.phase !== 'ended' && !(this.#state.phase === 'closing' && this.#state.after.go === 'end')
  }

  /** Nobody watches or waits, on any node; the connection is kept only in case somebody comes back. */
  get isLingering(): boolean {
    return this.#audience.isEmpty && !this.#options.shared?.hasFollowers()
  }

  /** Waits until there is media to send. The caller adds its viewer in the same turn of the event loop. */
  admit(signal: AbortSignal): Promise<Admission<EndReason>> {
    return this.#audience.admit(signal)
  }

  addViewer(sink: ViewerSink, position: number): Viewer {
    return this.#audience.add(sink, position)
  }

  removeViewer(viewer: Viewer): void {
    this.#audience.remove(viewer)
  }

  /** Another generation of the catalogue: what plays goes on, the next choice is made among these. */
  changeStreams(streams: readonly PlayableStream[]): void {
    if (this.#state.phase === 'ended') return
    const step = next(this.#state, { type: 'candidates-changed', candidates: streams })
    const all = new Map([...this.#streams, ...streams].map((stream) => [stream.streamId, stream]))
    this.#state = step.state
    if (this.#state.phase === 'ended') return
    this.#streams = this.#state.ledger.candidates.map(({ streamId }) => all.get(streamId)!)
  }

  /** The slot is not ours any more: the connection it stood for must end, whoever watches. */
  slotLost(): void {
    if (!('attempt' in this.#state)) return
    const failure = { kind: 'withdrawn', code: 'slot-lost' } as const
    this.#end = { ...this.#end, failure }
    this.#send({ type: 'failed', attempt: this.#state.attempt.number, failure, playedMs: 0 })
  }

  /** A slot of the account was given back, on some node. */
  slotFreed(accountId: string): void {
    if (this.#streams.some((stream) => stream.accountId === accountId)) this.#slotWait.freed()
  }

  /** Gives up at once when nobody watches: another channel needs the slot. */
  yieldSlot(): void {
    if (this.isLingering) this.#send({ type: 'abandoned' })
  }

  /** Leaves the leadership to another node that has viewers, if there is one; the viewers here go on by relay. */
  handOver(): void {
    const { shared } = this.#options
    if (!shared?.hasFollowers()) return
    shared.handOver()
    this.#send({ type: 'leadership-lost' })
  }

  /** Ends the session and its viewers' responses. */
  async stop(): Promise<void> {
    this.#send({ type: 'stopped' })
    await this.ended
  }

  #send(event: ChannelEvent): void {
    const step = next(this.#state, event)
    this.#state = step.state
    this.#apply(step)
  }

  #apply({ actions }: Step): void {
    for (const action of actions) this.#carryOut(action)
  }

  #carryOut(action: ChannelAction): void {
    const { cluster, shared, settings, random } = this.#options
    switch (action.do) {
      case 'elect':
        this.#slotWait.leave()
        this.#rest.forget()
        if (action.again) this.#pause = setTimeout(() => void this.#elect(), ELECTION_PAUSE_MS)
        else void this.#elect()
        return
      case 'follow':
        return shared?.follow(this.#output)
      case 'unfollow':
        return shared?.unfollow()
      case 'lead':
        return shared?.lead(this.#backlog())
      case 'step-down':
        this.#steppingDown = shared?.stepDown(action.end)
        return
      case 'reserve':
        this.#slotWait.pause()
        this.#rest.interrupt()
        this.#reserving = this.#reserve(action.attempt)
        return
      case 'open':
        return this.#open(action.attempt)
      case 'close':
        void this.#close(action.attempt)
        return
      case 'note-failure':
        return cluster.noteFailure(this.#slotId ?? '', this.#streams[action.attempt.stream]!, action.failure)
      case 'note-success':
        return cluster.noteSuccess(this.#slotId ?? '', this.#streams[action.attempt.stream]!.streamId)
      case 'rest':
        return this.#rest.before(action.round, backoffMs(action.round, settings.retryDelayMs, random()))
      case 'await-slot':
        return this.#awaitSlot(action.patient)
      case 'end':
        return this.#finish(action.end)
    }
  }

  async #elect(): Promise<void> {
    await this.#steppingDown
    const answer = await this.#options.shared!.elect().catch(() => 'unavailable' as const)
    if (answer === 'elected' || answer === 'led-by-another') this.#send({ type: answer })
    else this.#send({ type: 'not-elected', because: answer })
    // Elected too late: the session has ended meanwhile.
    if (answer === 'elected' && this.#state.phase === 'ended') await this.#options.shared!.stepDown('idle')
  }

  /** One stream of each account stands for it. */
  #awaitSlot(patient: boolean): void {
    // Who waited for it has left meanwhile.
    if (this.isLingering) return queueMicrotask(() => this.#send({ type: 'abandoned' }))
    const accounts = new Map(this.#streams.map((stream) => [stream.accountId, stream]))
    this.#slotWait.start([...accounts.values()], { patient, lookInMs: this.#askAgainInMs })
    this.#askAgainInMs = Infinity
  }

  async #reserve(attempt: Attempt): Promise<void> {
    const stream = this.#streams[attempt.stream]!
    const taking = this.#options.cluster.takeSlot(stream, this.#hasServed)
    const answer: SlotAnswer = await taking.catch(() => ({ skip: 'unavailable' as const }))
    if ('slotId' in answer) {
      this.#slotWait.leave()
      this.#slotId = answer.slotId
      this.#end = { failure: undefined, wasSound: false }
      this.#send({ type: 'slot-granted', attempt: attempt.number })
    } else {
      this.#askAgainInMs = Math.min(this.#askAgainInMs, answer.askAgainInMs ?? Infinity)
      this.#send({ type: 'slot-refused', attempt: attempt.number, because: answer.skip })
    }
  }

  #open(attempt: Attempt): void {
    const { cluster, settings, observer, now } = this.#options
    const stream = this.#streams[attempt.stream]!
    this.#output.startInput({ streamId: stream.streamId, offsetTicks: 0 })
    observer.attemptStarted(this.channelId, stream)
    this.#pull = new StreamPull({
      connect: stream.connect,
      output: this.#output,
      minDataBytes: settings.minDataBytes,
      timing: settings.timing,
      isRepeated: (fingerprint) => this.#clips.isRepeated(stream.streamId, fingerprint, now()),
      now,
      events: {
        media: (packets, joinPoints) => this.#pulled(packets, joinPoints),
        sound: () => {
          observer.streamSound(this.channelId, stream)
          this.#end = { ...this.#end, wasSound: true }
          this.#rest.forget()
          if (this.#slotId !== undefined) {
            cluster.markSlot(this.#slotId, 'active')
            cluster.noteSound(this.#slotId)
          }
          this.#send({ type: 'media-sound', attempt: attempt.number })
          this.#audience.answerWaiting()
          const prove = (): void => this.#send({ type: 'proved', attempt: attempt.number })
          this.#proof = setTimeout(prove, settings.limits.soundMs)
        },
        failed: (seen, playedMs) => {
          const failure = this.#slotId === undefined ? seen : cluster.explain(this.#slotId, seen)
          this.#end = { ...this.#end, failure }
          observer.streamFailed(this.channelId, stream, failure.code)
          this.#send({ type: 'failed', attempt: attempt.number, failure, playedMs })
        },
      },
    })
  }

  /** The slot is given back only after the provider's socket is closed: never two connections for one slot. */
  async #close(attempt: Attempt): Promise<void> {
    clearTimeout(this.#proof)
    const stream = this.#streams[attempt.stream]!
    // Before the slot is given back: viewers who have media already must not lose it to somebody who waits.
    if (this.#goesOnServing) void this.#options.cluster.queue(stream, true).catch(() => undefined)
    if (this.#slotId !== undefined) this.#options.cluster.markSlot(this.#slotId, 'closing')
    const pulling = this.#pull?.close()
    await this.#reserving
    await pulling
    this.#pull = undefined
    const slotId = this.#slotId
    this.#slotId = undefined
    // A slot that cannot be given back now runs out by itself: the heartbeat does not renew it any more.
    if (slotId !== undefined) await this.#options.cluster.releaseSlot(slotId, this.#end).catch(() => undefined)
    this.#send({ type: 'closed', attempt: attempt.number })
  }

  /** What the provider sent. The gate: who may not lead any more sends nothing, neither to its own viewers nor to others. */
  #pulled(packets: Buffer, joinPoints: readonly number[]): void {
    const { shared, cluster } = this.#options
    if (shared !== undefined && !shared.mayLead()) return this.#send({ type: 'leadership-lost' })
    if (this.#slotId !== undefined && !cluster.mayUse(this.#slotId)) return this.slotLost()
    shared?.publish({ packets, joinPoints, origin: this.#output.origin })
    this.#media(packets, joinPoints)
  }

  #media(packets: Buffer, joinPoints: readonly number[]): void {
    const { origin } = this.#output
    if (!isSameOrigin(origin, this.#ringOrigin?.origin)) this.#ringOrigin = { origin, from: this.ring.head }
    this.#options.observer.mediaArrived(packets.length)
    this.#audience.send(packets, joinPoints, this.#output.snapshot())
  }

  /** The ring from its newest join point on, if all of that has the origin of what was played last. */
  #backlog(): OutputMedia | undefined {
    const { newestJoinPoint } = this.ring
    if (newestJoinPoint === undefined || newestJoinPoint < (this.#ringOrigin?.from ?? 0)) return undefined
    const packets = Buffer.concat(this.ring.readFromNewestJoinPoint())
    return { packets, joinPoints: [0], origin: this.#ringOrigin?.origin }
  }

  #admission(): Admission<EndReason> | undefined {
    if (this.#state.phase === 'ended') return { admitted: false, reason: this.#state.end }
    const position = this.ring.newestJoinPoint
    return this.#hasMedia && position !== undefined ? { admitted: true, position } : undefined
  }

  /** Viewers have had media from this session, whoever led it. */
  get #hasServed(): boolean {
    return 'ledger' in this.#state && this.#state.ledger.begun
  }

  get #goesOnServing(): boolean {
    return this.#hasServed && this.#state.phase === 'closing' && this.#state.after.go === 'on'
  }

  get #hasMedia(): boolean {
    return this.#state.phase === 'playing' || this.#state.phase === 'following'
  }

  #audienceChanged(): void {
    this.#options.shared?.setViewers(this.#audience.viewers.size)
    if (!this.#audience.isEmpty) {
      clearTimeout(this.#linger)
      this.#linger = undefined
    } else if (this.#linger === undefined && this.#state.phase !== 'ended') {
      // Not in this turn: who was just admitted becomes a viewer in it.
      const lingerMs = this.#isUnwanted ? 0 : this.#options.settings.inactiveTimeoutMs
      this.#linger = setTimeout(() => this.#lingered(), lingerMs)
    }
  }

  /** Nothing is kept for somebody who comes back: there is no connection, or others wait for it. */
  get #isUnwanted(): boolean {
    if (this.#state.phase === 'waiting' || this.#state.phase === 'resting') return true
    return this.#slotId !== undefined && this.#options.cluster.isWanted(this.stream?.accountId ?? '')
  }

  /** A leader goes on while other nodes have viewers. */
  #lingered(): void {
    this.#linger = undefined
    if (this.isLingering) this.#send({ type: 'abandoned' })
    else if (this.#audience.isEmpty) this.#linger = setTimeout(() => this.#lingered(), FOLLOWERS_CHECK_MS)
  }

  #finish(reason: EndReason): void {
    clearTimeout(this.#pause)
    clearTimeout(this.#linger)
    this.#rest.forget()
    this.#slotWait.leave()
    this.#audience.end()
    this.#options.shared?.dispose()
    this.#options.observer.sessionEnded(this.channelId, reason)
    void Promise.resolve(this.#steppingDown).then(() => this.#resolveEnded(reason))
  }
}
