import { createSplicer, PACKET_BYTES, type Splicer } from '@kptv/mpegts'
import type { MediaRing, RingChunk } from './media-ring.ts'

/** What a viewer writes to: the HTTP response, or a test's stand-in. `accepted` is called when the socket took the bytes. */
export type ViewerSink = {
  write(bytes: Buffer, accepted: () => void): void
  end(): void
  destroy(): void
}

/** Unsent bytes handed to one socket at a time; all the rest waits in the shared ring, where it costs nothing. */
const WINDOW_BYTES = 256 * 1024
/** Whole packets, about 64 KB: a viewer may jump after any write, and a cut packet would swallow the next one. */
const WRITE_BYTES = 348 * PACKET_BYTES

/** A socket that took nothing for so long, while there was something to take, has nobody behind it. */
export const NO_PROGRESS_MS = 30_000

/**
 * One HTTP client of a channel: a position in the ring and a bound on unsent bytes. It is never waited for. A viewer who
 * falls out of the ring jumps to its newest join point, so that what he sees begins with a key frame. From then on he has a splicer
 * and copies of his own: counters and clocks run on over what he missed. All others read the shared bytes.
 */
export class Viewer {
  readonly #ring: MediaRing
  readonly #sink: ViewerSink
  readonly #now: () => number
  #position: number
  /** Holds the byte before the position; kept beyond the ring, so that a jump is always behind a whole chunk. */
  #chunk: RingChunk | undefined
  #splicer: Splicer | undefined
  #unsentBytes = 0
  #acceptedAt: number
  #over = false
  sentBytes = 0
  jumps = 0

  /** @param now monotonic milliseconds */
  constructor({
    ring,
    sink,
    now,
    position,
  }: { ring: MediaRing; sink: ViewerSink; now: () => number; position: number }) {
    this.#ring = ring
    this.#sink = sink
    this.#now = now
    this.#position = position
    this.#acceptedAt = now()
  }

  /** Hands over what the ring has and the socket may hold. Called after each append and whenever the socket took bytes. */
  pump(): void {
    while (!this.#over && this.#unsentBytes < WINDOW_BYTES) {
      const slice = this.#read()
      if (slice === undefined) return
      // The splicer writes into what it gets.
      const bytes = this.#splicer === undefined ? slice : this.#splicer.push(Buffer.from(slice)).packets
      if (bytes.length > 0) this.#send(bytes)
    }
  }

  /** The viewer's socket took nothing for too long: proof of life is bytes accepted by the socket, nothing else. */
  isStuck(): boolean {
    return this.#unsentBytes > 0 && this.#now() - this.#acceptedAt > NO_PROGRESS_MS
  }

  /** Ends the response in good order. */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#sink.end()
  }

  /** Cuts the connection of a viewer who is stuck: a good order would wait for him. */
  destroy(): void {
    this.#over = true
    this.#sink.destroy()
  }

  #send(bytes: Buffer): void {
    if (this.#unsentBytes === 0) this.#acceptedAt = this.#now()
    this.#unsentBytes += bytes.length
    this.#sink.write(bytes, () => {
      this.#unsentBytes -= bytes.length
      this.#acceptedAt = this.#now()
      this.sentBytes += bytes.length
      this.pump()
    })
  }

  #read(): Buffer | undefined {
    if (this.#chunk === undefined || this.#position >= endOf(this.#chunk)) {
      if (this.#position < this.#ring.tail && !this.#jump()) return undefined
      const next = this.#ring.chunkAt(this.#position)
      if (next === undefined) return undefined
      this.#chunk = next
    }
    const { start, bytes } = this.#chunk
    const slice = bytes.subarray(this.#position - start, this.#position - start + WRITE_BYTES)
    this.#position += slice.length
    return slice
  }

  /** False while there is no join point to jump to: then the viewer waits for the next one. */
  #jump(): boolean {
    const target = this.#ring.newestJoinPoint
    if (target === undefined) return false
    const state = this.#chunk?.state
    // What he got up to now was the output itself, so the times of his own output are those of the output.
    if (state !== undefined) {
      this.#splicer ??= createSplicer({ resume: { ...state, timeline: { ...state.timeline, offset: 0 } } })
    }
    this.#splicer?.startInput({ sameStream: true })
    this.#position = target
    this.jumps += 1
    return true
  }
}

function endOf({ start, bytes }: RingChunk): number {
  return start + bytes.length
}
