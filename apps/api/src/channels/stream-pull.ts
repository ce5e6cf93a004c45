import type { Failure } from '@kptv/failover'
import { createPacketAligner, createStreamWatch, type Splicer } from '@kptv/mpegts'
import { type ContentKind, type OpenedStream, sniffContent, UpstreamError } from '@kptv/upstream'

export type PullTiming = {
  /** From the answer's header to sound media; how long the answer may take is the connection's own limit. */
  readonly startGraceMs: number
  /** Between two pieces of media, once the stream has begun. */
  readonly stallMs: number
}

export const DEFAULT_TIMING: PullTiming = { startGraceMs: 10_000, stallMs: 3_000 }

export type PullEvents = {
  /** Whole packets of the session's one output; join points are byte offsets. */
  media(packets: Buffer, joinPoints: readonly number[]): void
  /** Enough media for the stream to count as started. Once. */
  sound(): void
  /** The end of the pull, at most once, and never after `close()`. */
  failed(failure: Failure, playedMs: number): void
}

export type PullOptions = {
  readonly connect: (signal: AbortSignal) => Promise<OpenedStream>
  /** The session's splicer, told already that a new input starts. */
  readonly splicer: Splicer
  readonly minDataBytes: number
  readonly events: PullEvents
  readonly timing: PullTiming
  /** Monotonic milliseconds. */
  readonly now: () => number
}

const WATCH_INTERVAL_MS = 250

/**
 * One attempt to play one stream: connects, looks at what comes, and passes it on as whole packets. All clocks and
 * counters are its own: what is known of a former attempt never judges this one.
 */
export class StreamPull {
  readonly #options: PullOptions
  readonly #abort = new AbortController()
  readonly #aligner = createPacketAligner()
  readonly #facts = createStreamWatch()
  readonly #connected: Promise<OpenedStream | undefined>
  readonly #watch: NodeJS.Timeout
  #undecided: Buffer[] = []
  #isTransportStream = false
  #mediaBytes = 0
  #lastMediaAt: number
  #clock: { readonly ticks: number; readonly sinceMs: number }
  #soundAt: number | undefined
  #answered = false
  #over = false

  constructor(options: PullOptions) {
    this.#options = options
    this.#lastMediaAt = options.now()
    this.#clock = { ticks: 0, sinceMs: options.now() }
    this.#watch = setInterval(() => this.#checkProgress(), WATCH_INTERVAL_MS)
    this.#connected = this.#run()
  }

  /** Stops at once; resolves when the provider's socket is closed. */
  async close(): Promise<void> {
    this.#finish()
    this.#abort.abort()
    const opened = await this.#connected
    await opened?.close()
  }

  async #run(): Promise<OpenedStream | undefined> {
    let opened: OpenedStream
    try {
      opened = await this.#options.connect(this.#abort.signal)
    } catch (error) {
      this.#fail(failureOf(error))
      return undefined
    }
    this.#lastMediaAt = this.#options.now()
    this.#answered = true
    opened.body.on('data', (bytes: Buffer) => this.#take(bytes, opened.contentType))
    opened.body.on('error', (error: unknown) => this.#streamEnded(failureOf(error)))
    opened.body.on('end', () => this.#streamEnded({ kind: 'passing', code: 'ended-early' }))
    opened.body.on('close', () => this.#streamEnded({ kind: 'passing', code: 'ended-early' }))
    return opened
  }

  #take(bytes: Buffer, contentType: string | undefined): void {
    if (this.#over) return
    if (this.#isTransportStream) return this.#splice(bytes)
    this.#undecided.push(bytes)
    const head = Buffer.concat(this.#undecided)
    const kind = sniffContent(head, { contentType })
    if (kind === 'transport-stream') {
      this.#isTransportStream = true
      this.#undecided = []
      return this.#splice(head)
    }
    if (kind !== 'unknown-yet') this.#fail(notMedia(kind))
  }

  #splice(bytes: Buffer): void {
    const { splicer, events, minDataBytes, now } = this.#options
    const whole = this.#aligner.push(bytes)
    this.#facts.push(whole)
    const { packets, joinPoints, incompatible } = splicer.push(whole)
    if (incompatible !== undefined) return this.#fail({ kind: 'unplayable', code: 'incompatible-codecs' })
    if (packets.length === 0) return
    this.#lastMediaAt = now()
    this.#mediaBytes += packets.length
    events.media(packets, joinPoints)
    if (this.#soundAt === undefined && this.#mediaBytes >= minDataBytes) {
      this.#soundAt = now()
      events.sound()
    }
  }

  #checkProgress(): void {
    const { now, timing } = this.#options
    if (!this.#answered) return
    const silentMs = now() - this.#lastMediaAt
    if (this.#soundAt === undefined) {
      if (silentMs > timing.startGraceMs) this.#fail({ kind: 'passing', code: 'no-media' })
    } else if (silentMs > timing.stallMs) {
      this.#fail({ kind: 'passing', code: 'stalled' })
    } else if (this.#clockStandsMs() > timing.stallMs) {
      this.#fail({ kind: 'passing', code: 'no-clock-progress' })
    }
  }

  /** Media whose clock stands still shows nothing new, however much of it comes. Without any clock nothing is said. */
  #clockStandsMs(): number {
    const now = this.#options.now()
    const { clockTicks } = this.#facts.facts()
    if (clockTicks === 0 || clockTicks !== this.#clock.ticks) this.#clock = { ticks: clockTicks, sinceMs: now }
    return now - this.#clock.sinceMs
  }

  /** The end of a stream that had begun is no fault in itself: providers recycle connections. */
  #streamEnded(failure: Failure): void {
    this.#fail(this.#soundAt === undefined ? failure : { kind: 'ended', code: failure.code })
  }

  #fail(failure: Failure): void {
    if (this.#over) return
    this.#finish()
    const playedMs = this.#soundAt === undefined ? 0 : this.#options.now() - this.#soundAt
    this.#options.events.failed(failure, playedMs)
  }

  #finish(): void {
    this.#over = true
    clearInterval(this.#watch)
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof UpstreamError)) return { kind: 'passing', code: 'failed' }
  const { code, failureClass } = error
  const kind = failureClass === 'not-media' || failureClass === 'blocked' ? 'unplayable' : failureClass
  return { kind, code }
}

function notMedia(kind: ContentKind): Failure {
  return { kind: 'unplayable', code: `content-${kind}` }
}
