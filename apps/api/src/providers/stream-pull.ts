import { type Clock, inStep } from '@kptv/clock'
import { createMediaHealth, type Failure, type HealthLimits, type MediaHealth } from '@kptv/failover'
import { createPacketAligner, type StreamWatch } from '@kptv/mpegts'
import {
  type ContentKind,
  type MediaPiece,
  NEW_INPUT,
  type OpenedStream,
  sniffContent,
  UpstreamError,
} from '@kptv/upstream'
import type { MediaInput } from '../media/media-input.ts'
import type { ConnectHow } from './playable-streams.ts'

/**
 * `firstByteMs`: from the response header, while another stream could be tried; otherwise the start
 * grace covers it. In milliseconds.
 */
export type PullTiming = HealthLimits & { readonly firstByteMs: number }

export const DEFAULT_TIMING: PullTiming = { firstByteMs: 5_000, startGraceMs: 10_000, stallMs: 3_000 }

type PullEvents = {
  /** More media was passed on to the output. */
  passed(): void
  /** There is enough media for the stream to count as started. Called once. */
  healthy(): void
  /** The end of the pull, at most once, and never after `close()`. */
  failed(failure: Failure, playedMs: number): void
}

export type PullOptions = {
  /**
   * `isRepeated`: the media that comes now is dropped, and need not keep the pace of the stream.
   */
  readonly connect: (signal: AbortSignal, how: ConnectHow) => Promise<OpenedStream>
  /** No other stream could be tried instead. */
  readonly isLastResort: boolean
  /** Destination of the media; it already knows, with `watch`, that this input starts. */
  readonly output: MediaInput
  /** Shown the media by `output`. */
  readonly watch: StreamWatch
  readonly minDataBytes: number
  readonly events: PullEvents
  readonly timing: PullTiming
  /** True for media that an earlier attempt on this stream began with, too long ago to be live. */
  readonly isRepeated: (fingerprint: number) => boolean
  readonly clock: Clock
}

export const WATCH_INTERVAL_MS = 250

/** With this much outside of packets it is not a transport stream with a bad beginning. */
const MAX_GARBAGE_BYTES = 1024 * 1024

/**
 * One attempt to play one stream: connects, checks the media, and passes it on as whole packets. It
 * has its own clocks and counters: a former attempt never affects this one.
 */
export class StreamPull {
  readonly #options: PullOptions
  readonly #abort = new AbortController()
  readonly #aligner = createPacketAligner()
  readonly #connected: Promise<OpenedStream | undefined>
  readonly #stopWatching: () => void
  #undecided: Buffer[] = []
  #isTransportStream = false
  #mediaBytes = 0
  #healthyAt: number | undefined
  /** From the provider's response on. */
  #health: MediaHealth | undefined
  #isFingerprintKnown = false
  #over = false
  readonly #push = (packets: Buffer, isLast: boolean): void => {
    if (!this.#over) this.#options.output.push(packets, isLast)
  }

  constructor(options: PullOptions) {
    this.#options = options
    // Timers run before sockets are read. What arrived while this process stood still is read
    // first, so that the source is not blamed for the node.
    this.#stopWatching = inStep(options.clock, WATCH_INTERVAL_MS, () => setImmediate(() => this.#checkHealth()))
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
      const { connect, isLastResort, output, timing } = this.#options
      const firstByteMs = isLastResort ? undefined : timing.firstByteMs
      opened = await connect(this.#abort.signal, { isRepeated: () => output.isRepeating, firstByteMs })
    } catch (error) {
      this.#fail(failureOf(error))
      return undefined
    }
    this.#health = createMediaHealth(limitsFor(opened, this.#options), this.#options.clock.monotonicMs())
    opened.body.on('data', (piece: MediaPiece) => {
      if (piece === NEW_INPUT) this.#startInput()
      else this.#take(piece, opened.contentType)
    })
    opened.divert?.((bytes, roomBytes) => this.#take(bytes, opened.contentType, roomBytes))
    opened.body.on('error', (error: unknown) => this.#streamEnded(failureOf(error)))
    opened.body.on('end', () => this.#streamEnded({ kind: 'passing', code: 'ended-early' }))
    opened.body.on('close', () => this.#streamEnded({ kind: 'passing', code: 'ended-early' }))
    return opened
  }

  /** @param roomBytes see {@link OpenedStream.divert} */
  #take(bytes: Buffer, contentType: string | undefined, roomBytes = 0): void {
    if (this.#over) return
    if (this.#isTransportStream) return this.#splice(bytes, roomBytes)
    // The bytes may be valid during this call only.
    this.#undecided.push(Buffer.from(bytes))
    const head = Buffer.concat(this.#undecided)
    const kind = sniffContent(head, { contentType })
    // An unrecognised body may be a transport stream after some garbage.
    if (kind === 'transport-stream' || kind === 'unknown') {
      this.#isTransportStream = true
      this.#undecided = []
      return this.#splice(head)
    }
    if (kind !== 'unknown-yet') this.#fail(notMedia(kind))
  }

  /**
   * A discontinuity of the provider: an advertisement, a restarted encoder, a lost segment. Its
   * times differ from here on.
   */
  #startInput(): void {
    if (this.#over) return
    this.#aligner.reset()
    this.#options.output.breakInput()
  }

  #splice(bytes: Buffer, roomBytes = 0): void {
    const { output, events, minDataBytes, clock } = this.#options
    const before = output.position
    this.#aligner.feed(bytes, this.#push, roomBytes)
    // The gate may have ended this attempt.
    if (this.#over) return
    const isInSync = this.#aligner.packetSize !== undefined
    if (!isInSync && this.#aligner.droppedBytes > MAX_GARBAGE_BYTES) return this.#fail(notMedia('unknown'))
    if (output.refusal !== undefined) return this.#fail({ kind: 'unplayable', code: 'incompatible-codecs' })
    if (output.position === before) return
    this.#mediaBytes += output.position - before
    events.passed()
    if (this.#healthyAt === undefined && this.#mediaBytes >= minDataBytes) {
      this.#healthyAt = clock.monotonicMs()
      events.healthy()
    }
  }

  #checkHealth(): void {
    if (this.#over) return
    const facts = this.#options.watch.facts()
    const sample = {
      atMs: this.#options.clock.monotonicMs(),
      facts,
      mediaBytes: this.#mediaBytes,
      isHealthy: this.#healthyAt !== undefined,
    }
    const failure = this.#health?.check(sample)
    if (failure !== undefined) return this.#fail(failure)
    if (facts.fingerprint === undefined || this.#isFingerprintKnown) return
    this.#isFingerprintKnown = true
    if (this.#options.isRepeated(facts.fingerprint)) this.#fail({ kind: 'passing', code: 'repeated-clip' }, 0)
  }

  /** A stream that ends after it began is not a fault in itself: providers recycle connections. */
  #streamEnded(failure: Failure): void {
    const kind =
      this.#undecided.length === 0 ? 'unknown' : sniffContent(Buffer.concat(this.#undecided), { complete: true })
    if (kind === 'image') return this.#fail(notMedia(kind))
    const isEnd = failure.code === 'ended-early' || failure.code === 'cut-off'
    this.#fail(isEnd && this.#healthyAt !== undefined ? { kind: 'ended', code: failure.code } : failure)
  }

  /**
   * @param playedMs how long it showed real media
   */
  #fail(failure: Failure, playedMs = this.#playedMs()): void {
    if (this.#over) return
    this.#finish()
    this.#options.events.failed(failure, playedMs)
  }

  #playedMs(): number {
    return this.#healthyAt === undefined ? 0 : this.#options.clock.monotonicMs() - this.#healthyAt
  }

  #finish(): void {
    this.#over = true
    this.#stopWatching()
  }
}

/** Some streams come in pieces of many seconds: they declare how long they may be silent. */
function limitsFor({ patienceMs }: OpenedStream, { timing, isLastResort }: PullOptions): HealthLimits {
  const { startGraceMs, stallMs } = timing
  return {
    startGraceMs,
    isLastResort,
    get stallMs() {
      return Math.max(stallMs, patienceMs?.() ?? 0)
    },
  }
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof UpstreamError)) return { kind: 'passing', code: 'failed' }
  const { code, failureClass, retryAfterMs } = error
  const kind = failureClass === 'not-media' || failureClass === 'blocked' ? 'unplayable' : failureClass
  return { kind, code, retryAfterMs }
}

function notMedia(kind: ContentKind): Failure {
  return { kind: 'unplayable', code: `content-${kind}` }
}
