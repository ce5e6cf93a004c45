import { randomUUID } from 'node:crypto'
import { nullPackets, PACKET_BYTES, Splicer, type SplicerState } from '@kptv/mpegts'
import type { MediaRing, RingChunk } from './media-ring.ts'
import type { Slab } from './slab-pool.ts'

/**
 * The destination of a viewer's media: the HTTP response, or a test's stand-in. `done` is called
 * when the socket took the bytes, or with an error when it never will; until then they are not
 * changed.
 */
export type ViewerSink = {
  write(bytes: Buffer, done: (error?: Error | null) => void): void
  /** What is written until `uncork` goes out at once. */
  cork(): void
  uncork(): void
  end(): void
  destroy(): void
}

/** Who watches, for people. */
export type ViewerClient = {
  /** `undefined` without USERS_FILE. */
  readonly user: string | undefined
  /** Of the user; 0 without USERS_FILE. */
  readonly priority: number
  /** Its User-Agent. */
  readonly player: string
  readonly address: string
  /** Wall clock. */
  readonly sinceMs: number
}

type ViewerOptions = {
  readonly ring: MediaRing
  readonly sink: ViewerSink
  readonly monotonicMs: () => number
  readonly position: number
  /** `undefined`: it stands for others, or is a test. */
  readonly client?: ViewerClient | undefined
}

/** Unsent bytes handed to one socket at a time; the rest waits in the shared ring at no cost. */
const WINDOW_BYTES = 256 * 1024
/** Whole packets, about 64 KB. */
const WRITE_BYTES = 348 * PACKET_BYTES

/** A socket that took no bytes for this long, while there were some, has no viewer. */
export const NO_PROGRESS_MS = 30_000

/**
 * One HTTP client of a channel: a position in the ring and a bound on unsent bytes. The writer
 * never waits for it. A viewer that falls out of the ring jumps to its newest join point, so that
 * it continues with a key frame. From then on it has its own splicer and copies: counters and
 * clocks run on across the gap. All others get the shared bytes.
 */
export class Viewer {
  readonly id = randomUUID()
  readonly client: ViewerClient | undefined
  readonly #ring: MediaRing
  readonly #sink: ViewerSink
  readonly #monotonicMs: () => number
  #position: number
  /**
   * Place of the output at the position; from a position inside a piece, the rest of the piece is
   * always sent too.
   */
  #state: SplicerState | undefined
  #isAtEnd = true
  #splicer: Splicer | undefined
  #unsentBytes = 0
  /** There is more than the socket may hold: it is sent as soon as the socket has taken some. */
  #isHeldBack = false
  #acceptedAt: number
  #over = false
  sentBytes = 0
  jumps = 0

  constructor({ ring, sink, monotonicMs, position, client }: ViewerOptions) {
    this.client = client
    this.#ring = ring
    this.#sink = sink
    this.#monotonicMs = monotonicMs
    this.#position = position
    this.#acceptedAt = monotonicMs()
  }

  /**
   * Sends as much of the ring as the socket may hold. Called after each append; for a slow socket
   * it continues on its own.
   */
  pump(): void {
    this.#sink.cork()
    this.#fill()
    this.#sink.uncork()
  }

  #fill(): void {
    while (!this.#over) {
      this.#isHeldBack = this.#unsentBytes >= WINDOW_BYTES && this.#isAtEnd
      if (this.#isHeldBack) return
      const run = this.#read()
      if (run === undefined) return
      // The splicer writes into its input.
      if (this.#splicer === undefined) this.#send(run.bytes, run.slab)
      else this.#splicer.push(Buffer.from(run.bytes))
    }
  }

  /**
   * Players and balancers drop a silent connection; a null packet (ISO/IEC 13818-1, 2.4.3.3) keeps
   * it alive. It is no media: in the ring it would reach other nodes, and shift the place there.
   */
  keepAlive(): void {
    const hasAll = this.#position === this.#ring.head && this.#unsentBytes === 0
    if (hasAll && !this.#over) this.#send(nullPackets(1), undefined)
  }

  /**
   * The viewer's socket took nothing for too long: proof of life is bytes accepted by the socket,
   * nothing else.
   */
  isStuck(): boolean {
    return this.#unsentBytes > 0 && this.#monotonicMs() - this.#acceptedAt > NO_PROGRESS_MS
  }

  /** Ends the response normally. */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#sink.end()
  }

  /** Cuts the connection of a stuck viewer: a graceful close would wait for it. */
  destroy(): void {
    this.#over = true
    this.#sink.destroy()
  }

  #send(bytes: Buffer, slab: Slab | undefined): void {
    if (bytes.length === 0) return
    if (this.#unsentBytes === 0) this.#acceptedAt = this.#monotonicMs()
    this.#unsentBytes += bytes.length
    slab?.hold()
    this.#sink.write(bytes, (error) => {
      slab?.release()
      if (error != null) return
      this.#unsentBytes -= bytes.length
      this.#acceptedAt = this.#monotonicMs()
      this.sentBytes += bytes.length
      if (this.#isHeldBack) this.pump()
    })
  }

  #read(): RingChunk | undefined {
    if (this.#position < this.#ring.tail && !this.#jump()) return undefined
    const run = this.#ring.runAt(this.#position, WRITE_BYTES)
    if (run === undefined) return undefined
    this.#position += run.bytes.length
    this.#isAtEnd = run.isEnd
    this.#state = run.state
    return run
  }

  /** False while there is no join point to jump to: then the viewer waits for the next one. */
  #jump(): boolean {
    const target = this.#ring.newestJoinPoint
    if (target === undefined) return false
    const state = this.#state
    // Up to now the viewer got the output itself, so the times of its own output are the same.
    if (state !== undefined) {
      const resume = { ...state, timeline: { ...state.timeline, offset: 0 } }
      // Its packets are valid during the call only.
      this.#splicer ??= new Splicer({ resume, sink: (packets) => this.#send(Buffer.from(packets), undefined) })
    }
    this.#splicer?.startInput({ sameStream: true })
    this.#position = target
    this.jumps += 1
    return true
  }
}
