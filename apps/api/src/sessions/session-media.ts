import type { ErrorCode } from '@kptv/contract'
import type { EndReason } from '@kptv/failover'
import type { PublishedMedia } from '@kptv/relay'
import { type Admission, Audience } from '../media/audience.ts'
import { ChannelOutput } from '../media/channel-output.ts'
import type { MediaRing } from '../media/media-ring.ts'
import { SlateShow } from '../media/slate-show.ts'
import type { Viewer, ViewerClient, ViewerSink } from '../media/viewer.ts'
import type { SessionOptions } from './session-options.ts'

type SessionMediaOptions = Pick<
  SessionOptions,
  'channelId' | 'name' | 'shared' | 'settings' | 'events' | 'ringBytes' | 'pool' | 'clock'
> & {
  /** The gate: whether media may enter at this moment. */
  readonly mayTake: () => boolean
  /** Media flows, from a provider or by relay. */
  readonly isFlowing: () => boolean
  /** Why the session has ended, if it has. */
  readonly end: () => EndReason | undefined
  /** The first viewer came, or the last one left. */
  readonly onAudienceChanged: () => void
}

/**
 * A session's media: one output, the slate that replaces missing input, and the viewers of this
 * node.
 */
export class SessionMedia {
  readonly output: ChannelOutput
  readonly #options: SessionMediaOptions
  readonly #slate: SlateShow
  readonly #audience: Audience<ErrorCode>
  #packager: { readonly viewer: Viewer; readonly players: number; readonly priority: number } | undefined

  constructor(options: SessionMediaOptions) {
    const { channelId, settings, events, clock, mayTake, onAudienceChanged } = options
    this.#options = options
    this.output = new ChannelOutput({
      sink: {
        write: (packets, isJoinPoint) => this.#write(packets, isJoinPoint),
        commit: (state) => this.#audience.commit(state),
      },
      mayTake,
      name: options.name,
      hasSlate: settings.limits.slate === true,
      monotonicMs: clock.monotonicMs,
    })
    this.#slate = new SlateShow({ output: this.output, clock })
    this.#audience = new Audience({
      ringBytes: options.ringBytes,
      pool: options.pool,
      clock,
      admission: () => this.#admission(),
      reasonLeft: errorOf('idle'),
      reasonLate: 'streams-failing',
      isMediaNear: () => this.isFlowing,
      onChange: onAudienceChanged,
      onLeft: (viewer) => {
        const { sentBytes, jumps } = viewer
        if (viewer === this.#packager?.viewer) return
        const reason = options.end() === undefined ? 'left' : 'ended'
        events.emit({ type: 'viewer-left', channelId, reason, sentBytes, jumps })
      },
    })
  }

  get ring(): MediaRing {
    return this.#audience.ring
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#audience.viewers
  }

  /** Clients that watch: one for each viewer, and the players that a packager represents. */
  get viewerCount(): number {
    const { size } = this.viewers
    return this.#packager === undefined ? size : size - 1 + this.#packager.players
  }

  /**
   * Those that watch, for other nodes; not 0 while a request waits for media. A packager without
   * players here counts too: it keeps segments for those of other nodes.
   */
  get audienceCount(): number {
    return Math.max(this.viewerCount, this.viewers.size, this.isUnwatched ? 0 : 1)
  }

  /** Media reaches this node, or a slate stands in for it. */
  get isFlowing(): boolean {
    return this.#options.isFlowing() || this.#slate.isOn
  }

  /** Why the session has ended; undefined: it has not. */
  get endReason(): EndReason | undefined {
    return this.#options.end()
  }

  /** This node has no viewer, and no request waits for media. */
  get isUnwatched(): boolean {
    return this.#audience.isEmpty
  }

  /** The highest of those that watch or wait on this node. */
  get priority(): number {
    return Math.max(this.#audience.priority, this.#packager?.priority ?? 0)
  }

  /**
   * Waits until there is media to send. The caller adds its viewer in the same turn of the event
   * loop.
   *
   * @param priority of the one that waits
   */
  admit(signal: AbortSignal, priority?: () => number): Promise<Admission<ErrorCode>> {
    return this.#audience.admit(signal, priority)
  }

  addViewer(sink: ViewerSink, position: number, client?: ViewerClient): Viewer {
    const { events, channelId } = this.#options
    events.emit({ type: 'viewer-joined', channelId })
    return this.#audience.add(sink, position, client)
  }

  /** Ends a viewer's response normally. @returns false if it is not there */
  endViewer(id: string): boolean {
    const viewer = [...this.viewers].find((one) => one.id === id && one !== this.#packager?.viewer)
    if (viewer === undefined) return false
    this.removeViewer(viewer)
    viewer.end()
    return true
  }

  removeViewer(viewer: Viewer): void {
    this.#audience.remove(viewer)
  }

  /** A viewer that makes segments for players, which hold no response. */
  addPackager(sink: ViewerSink, position: number): Viewer {
    const viewer = this.#audience.add(sink, position)
    this.#packager = { viewer, players: 0, priority: 0 }
    return viewer
  }

  removePackager(viewer: Viewer): void {
    this.#audience.remove(viewer)
    if (this.#packager?.viewer === viewer) this.#packager = undefined
  }

  /** Players of this node that the packager represents, and the highest priority of them. */
  setPlayers(players: number, priority: number): void {
    const { players: known, priority: knownPriority } = this.#packager ?? {}
    if (this.#packager === undefined || (known === players && knownPriority === priority)) return
    this.#packager = { ...this.#packager, players, priority }
    this.#options.onAudienceChanged()
  }

  /** @param isConnected an attempt feeds the output */
  showSlate(isDue: boolean, isConnected: boolean): void {
    this.#slate.set(isDue, isConnected)
  }

  /**
   * What a leader publishes first: the newest media of this node, from the newest join point on.
   * Nodes that have had some of it find their place in it; a new node starts with it. Empty while
   * there is no join point.
   */
  backlog(): readonly PublishedMedia[] {
    const pieces = this.ring.readFromNewestJoinPoint()
    if (pieces.length === 0) return []
    const { place: state, origin } = this.output
    return [{ packets: Buffer.concat(pieces), joinPoints: [0], origin, state }]
  }

  /** Answers the requests that wait, if the answer is known now. */
  answerWaiting(): void {
    this.#audience.answerWaiting()
  }

  /** Resolves when other nodes have been sent all media so far, or cannot be. */
  async handedOn(): Promise<void> {
    await this.#options.shared?.handedOn()
  }

  /** Answers the requests that wait, and ends all responses in good order. */
  end(): void {
    this.#audience.end()
  }

  /** For the viewers of this node, and for all nodes unless it came from another one. */
  #write(packets: Buffer, isJoinPoint: boolean): void {
    const { shared, events, channelId } = this.#options
    const { output } = this
    const { source } = output
    if (source !== 'relay') {
      const joinPoints = isJoinPoint ? [0] : []
      shared?.publish(() => ({ packets, joinPoints, origin: output.origin, state: output.place }))
    }
    if (source !== 'slate') events.emit({ type: 'media-received', channelId, bytes: packets.length })
    this.#audience.write(packets, isJoinPoint)
  }

  #admission(): Admission<ErrorCode> | undefined {
    const end = this.#options.end()
    if (end !== undefined) return { admitted: false, reason: errorOf(end) }
    const position = this.ring.newestJoinPoint
    return this.isFlowing && position !== undefined ? { admitted: true, position } : undefined
  }
}

/** The answer to a request whose session ends before there is media. */
function errorOf(end: EndReason): ErrorCode {
  switch (end) {
    case 'stopped':
      return 'draining'
    case 'idle':
      // Given up for another channel, at the moment when the request came.
      return 'sources-full'
    default:
      return end
  }
}
