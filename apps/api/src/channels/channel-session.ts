import {
  type Attempt,
  backoffMs,
  begin,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  type EndReason,
  type FailoverLimits,
  next,
  type Skip,
  type Step,
} from '@kptv/failover'
import { createSplicer, nullPackets, type Splicer } from '@kptv/mpegts'
import type { OpenedStream } from '@kptv/upstream'
import { MediaRing } from './media-ring.ts'
import { type PullTiming, StreamPull } from './stream-pull.ts'
import { Viewer, type ViewerSink } from './viewer.ts'

/** A stream of the channel with all that is needed to play it. */
export type PlayableStream = {
  readonly streamId: string
  readonly sourceId: string
  /** Whose connection it uses: sources with the same login share an account. */
  readonly accountId: string
  readonly connect: (signal: AbortSignal) => Promise<OpenedStream>
}

/** What the session needs from the cluster. Answers are values; Redis away is an error. */
export type SessionCluster = {
  /** A slot of the stream's source, or why there is none. */
  takeSlot(stream: PlayableStream): Promise<{ readonly slotId: string } | { readonly skip: Skip }>
  releaseSlot(slotId: string): Promise<void>
  noteFailure(streamId: string): void
  noteSuccess(streamId: string): void
}

export type SessionSettings = {
  readonly limits: FailoverLimits
  readonly retryDelayMs: number
  readonly inactiveTimeoutMs: number
  readonly minDataBytes: number
  readonly timing: PullTiming
}

/** Where the session tells what happened, for logs and metrics. Sources by id, never by address. */
export type SessionObserver = {
  attemptStarted(channelId: string, stream: PlayableStream): void
  streamSound(channelId: string, stream: PlayableStream): void
  streamFailed(channelId: string, stream: PlayableStream, code: string): void
  mediaArrived(bytes: number): void
  viewerLeft(viewer: Viewer): void
  sessionEnded(channelId: string, reason: EndReason): void
}

export type SessionOptions = {
  readonly channelId: string
  readonly streams: readonly PlayableStream[]
  readonly cluster: SessionCluster
  readonly settings: SessionSettings
  readonly observer: SessionObserver
  readonly ringBytes: number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
}

/** The answer to a viewer's request: a position in the ring to start from, or why there is nothing to send. */
export type Admission =
  | { readonly admitted: true; readonly position: number }
  | { readonly admitted: false; readonly reason: EndReason }

/** For a viewer who left before there was media. */
const GONE: Admission = { admitted: false, reason: 'idle' }

const TICK_MS = 500

/** How long a request waits for the first media before it is told to come back. */
const START_WAIT_MS = 20_000

/**
 * One channel in play on this node: the shell around the pure machine of `packages/failover`. It feeds events in,
 * carries actions out, and owns the ring and the viewers; what to do when is decided in `next()` alone.
 */
export class ChannelSession {
  readonly channelId: string
  readonly ring: MediaRing
  /** Resolves when nothing is left of the session: no connection, no slot, no viewer. */
  readonly ended: Promise<EndReason>
  readonly #options: SessionOptions
  readonly #splicer: Splicer = createSplicer()
  readonly #viewers = new Set<Viewer>()
  readonly #waiting = new Set<(admission: Admission) => void>()
  readonly #tick: NodeJS.Timeout
  #resolveEnded!: (reason: EndReason) => void
  #state: ChannelState
  #reserving: Promise<void> = Promise.resolve()
  #pull: StreamPull | undefined
  #slotId: string | undefined
  #lastStream: number | undefined
  #mediaAt: number
  #linger: NodeJS.Timeout | undefined
  #rest: NodeJS.Timeout | undefined

  constructor(options: SessionOptions) {
    this.channelId = options.channelId
    this.ring = new MediaRing(options.ringBytes)
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    this.#options = options
    this.#mediaAt = options.now()
    this.#tick = setInterval(() => this.#keepAlive(), TICK_MS)
    const first = begin(options.streams, options.settings.limits)
    this.#state = first.state
    this.#apply(first)
    this.#startLingerIfUnwatched()
  }

  get phase(): ChannelState['phase'] {
    return this.#state.phase
  }

  /** The stream that is being tried or played. */
  get stream(): PlayableStream | undefined {
    return 'attempt' in this.#state ? this.#options.streams[this.#state.attempt.stream] : undefined
  }

  get slotId(): string | undefined {
    return this.#slotId
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#viewers
  }

  /** A new viewer can be served by this session: it has not begun to end. */
  get isOpen(): boolean {
    return this.#state.phase !== 'ended' && !(this.#state.phase === 'closing' && this.#state.end !== undefined)
  }

  /** Nobody watches or waits; the connection is kept only in case somebody comes back. */
  get isLingering(): boolean {
    return this.#viewers.size === 0 && this.#waiting.size === 0
  }

  /** Waits until there is media to send. The caller adds its viewer in the same turn of the event loop. */
  admit(signal: AbortSignal): Promise<Admission> {
    const ready = signal.aborted ? GONE : this.#admission()
    if (ready !== undefined) return Promise.resolve(ready)
    return new Promise((resolve) => {
      const answer = (admission: Admission): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', leave)
        this.#waiting.delete(answer)
        resolve(admission)
        this.#startLingerIfUnwatched()
      }
      const leave = (): void => answer(GONE)
      const timer = setTimeout(() => answer({ admitted: false, reason: 'streams-failing' }), START_WAIT_MS)
      signal.addEventListener('abort', leave)
      this.#waiting.add(answer)
      this.#stopLinger()
    })
  }

  addViewer(sink: ViewerSink, position: number): Viewer {
    const viewer = new Viewer({ ring: this.ring, sink, now: this.#options.now, position })
    this.#viewers.add(viewer)
    this.#stopLinger()
    viewer.pump()
    return viewer
  }

  removeViewer(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return
    this.#options.observer.viewerLeft(viewer)
    this.#startLingerIfUnwatched()
  }

  /** The slot is not ours any more: the connection it stood for must end, whoever watches. */
  slotLost(): void {
    if (!('attempt' in this.#state)) return
    const failure = { kind: 'withdrawn', code: 'slot-lost' } as const
    this.#send({ type: 'failed', attempt: this.#state.attempt.number, failure, playedMs: 0 })
  }

  /** Gives up at once when nobody watches: another channel needs the slot. */
  yieldSlot(): void {
    if (this.isLingering) this.#send({ type: 'abandoned' })
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
    const { cluster, settings, streams, random } = this.#options
    switch (action.do) {
      case 'reserve':
        this.#reserving = this.#reserve(action.attempt)
        return
      case 'open':
        return this.#open(action.attempt)
      case 'close':
        void this.#close(action.attempt)
        return
      case 'note-failure':
        return cluster.noteFailure(streams[action.attempt.stream]!.streamId)
      case 'note-success':
        return cluster.noteSuccess(streams[action.attempt.stream]!.streamId)
      case 'rest':
        this.#rest = setTimeout(
          () => this.#send({ type: 'rested' }),
          backoffMs(action.round, settings.retryDelayMs, random()),
        )
        return
      case 'end':
        return this.#finish(action.end)
    }
  }

  async #reserve(attempt: Attempt): Promise<void> {
    const stream = this.#options.streams[attempt.stream]!
    const answer = await this.#options.cluster.takeSlot(stream).catch(() => ({ skip: 'unavailable' as const }))
    if ('slotId' in answer) {
      this.#slotId = answer.slotId
      this.#send({ type: 'slot-granted', attempt: attempt.number })
    } else {
      this.#send({ type: 'slot-refused', attempt: attempt.number, because: answer.skip })
    }
  }

  #open(attempt: Attempt): void {
    const { streams, settings, observer, now } = this.#options
    const stream = streams[attempt.stream]!
    this.#splicer.startInput({ sameSource: this.#lastStream === attempt.stream })
    this.#lastStream = attempt.stream
    observer.attemptStarted(this.channelId, stream)
    this.#pull = new StreamPull({
      connect: stream.connect,
      splicer: this.#splicer,
      minDataBytes: settings.minDataBytes,
      timing: settings.timing,
      now,
      events: {
        media: (packets, joinPoints) => this.#media(packets, joinPoints),
        sound: () => {
          observer.streamSound(this.channelId, stream)
          this.#send({ type: 'media-sound', attempt: attempt.number })
          this.#admitWaiting()
        },
        failed: (failure, playedMs) => {
          observer.streamFailed(this.channelId, stream, failure.code)
          this.#send({ type: 'failed', attempt: attempt.number, failure, playedMs })
        },
      },
    })
  }

  /** The slot is given back only after the provider's socket is closed: never two connections for one slot. */
  async #close(attempt: Attempt): Promise<void> {
    await this.#reserving
    await this.#pull?.close()
    this.#pull = undefined
    const slotId = this.#slotId
    this.#slotId = undefined
    // A slot that cannot be given back now runs out by itself: the heartbeat does not renew it any more.
    if (slotId !== undefined) await this.#options.cluster.releaseSlot(slotId).catch(() => undefined)
    this.#send({ type: 'closed', attempt: attempt.number })
  }

  #media(packets: Buffer, joinPoints: readonly number[]): void {
    this.#mediaAt = this.#options.now()
    this.#options.observer.mediaArrived(packets.length)
    this.#append(packets, joinPoints)
  }

  #append(packets: Buffer, joinPoints: readonly number[]): void {
    this.ring.append(packets, joinPoints)
    this.#admitWaiting()
    for (const viewer of this.#viewers) viewer.pump()
  }

  /** Players and balancers drop a silent connection; null packets (ISO/IEC 13818-1, 2.4.3.3) say that we are still here. */
  #keepAlive(): void {
    for (const viewer of this.#viewers) if (viewer.isStuck()) viewer.destroy()
    if (this.#viewers.size > 0 && this.#options.now() - this.#mediaAt >= TICK_MS) this.#append(nullPackets(1), [])
  }

  #admitWaiting(): void {
    const admission = this.#admission()
    if (admission !== undefined) for (const answer of this.#waiting) answer(admission)
  }

  #admission(): Admission | undefined {
    if (this.#state.phase === 'ended') return { admitted: false, reason: this.#state.end }
    const position = this.ring.newestJoinPoint
    return this.#state.phase === 'playing' && position !== undefined ? { admitted: true, position } : undefined
  }

  #startLingerIfUnwatched(): void {
    if (!this.isLingering || this.#state.phase === 'ended' || this.#linger !== undefined) return
    this.#linger = setTimeout(() => this.#send({ type: 'abandoned' }), this.#options.settings.inactiveTimeoutMs)
  }

  #stopLinger(): void {
    clearTimeout(this.#linger)
    this.#linger = undefined
  }

  #finish(reason: EndReason): void {
    clearInterval(this.#tick)
    clearTimeout(this.#rest)
    this.#stopLinger()
    this.#admitWaiting()
    for (const viewer of this.#viewers) viewer.end()
    this.#options.observer.sessionEnded(this.channelId, reason)
    this.#resolveEnded(reason)
  }
}
