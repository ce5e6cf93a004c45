import { type Clock, every } from '@kptv/clock'
import type { FollowOptions, MediaOrigin, Relay, RelayFollower } from '@kptv/relay'
import type { ChannelOutput } from '../media/channel-output.ts'
import { readPlace } from '../media/output-place.ts'

type RelayFeedEvents = {
  /** The leader plays. */
  playing(): void
  /** The leader has media again, which may be what this node had already. */
  flowing(): void
  /** The leader has been silent for long enough to be gone. Repeated while that lasts. */
  silent(): void
  /** The leader's last words, and its term. */
  ended(reason: string, term: number): void
  /** The leader asks a process to take over; with the stream that it plays. */
  offered(to: string, streamId: string | undefined): void
  /** The output is about to continue with this leader's media. */
  starting(): void
}

type RelayFeedOptions = {
  readonly relay: Pick<Relay, 'follow'>
  readonly channelId: string
  readonly output: ChannelOutput
  readonly events: RelayFeedEvents
  /** The leader as far as it is known. */
  readonly from: FollowOptions
  readonly clock: Clock
}

/** A leader that is followed ticks every 250 ms. */
const SILENT_MS = 500
const WATCH_INTERVAL_MS = 200
/**
 * More than a ring holds at once: a piece without an end is handed on when it has grown so large.
 */
const MAX_PIECE_BYTES = 8 * 1024 * 1024

/**
 * Takes a channel from the relay for the session's output. The output passes it on unchanged, or
 * continues with its own counters if a new leader's media does not continue what this node has
 * received.
 */
export class RelayFeed {
  readonly #follower: RelayFollower
  readonly #stopWatching: () => void
  #aliveAtMs: number
  /** As the present leader has told; false before its first message. */
  #isFlowing = false
  /** The next media is a new input. */
  #isNew = true
  #origin: MediaOrigin | undefined
  /** Of a piece that came in several messages. */
  #parts: Array<{ readonly packets: Buffer; readonly joinPoints: readonly number[] }> = []
  #partBytes = 0

  constructor({ relay, channelId, output, events, from, clock }: RelayFeedOptions) {
    this.#aliveAtMs = clock.monotonicMs()
    const handlers = {
      media: (packets: Buffer, joinPoints: readonly number[], origin: MediaOrigin | undefined, state: unknown) => {
        if (this.#isNew && this.#partBytes === 0) events.starting()
        this.#origin = origin
        // Only the end of a piece carries the place of the leader's output.
        const isEnd = state !== undefined || this.#partBytes + packets.length >= MAX_PIECE_BYTES
        const kept = isEnd ? packets : Buffer.from(packets)
        this.#parts.push({ packets: kept, joinPoints: joinPoints.map((at) => at + this.#partBytes) })
        this.#partBytes += packets.length
        if (!isEnd) return
        const isProgress = output.handOn({ ...this.#takePiece(), origin, state, isNew: this.#isNew })
        this.#isNew = false
        // A new leader sends first what it has, and that may be what all have.
        if (isProgress) events.playing()
      },
      interrupted: () => {
        this.#isNew = true
        // The end of this piece will not come.
        this.#takePiece()
      },
      ended: (reason: string, term: number) => {
        this.#isFlowing = false
        events.ended(reason, term)
      },
      offered: (to: string) => events.offered(to, this.#origin?.streamId),
      alive: (_term: number, isFlowing: boolean) => {
        this.#aliveAtMs = clock.monotonicMs()
        // Only now: the media of this message, if any, is newer than what the ring holds.
        if (isFlowing && !this.#isFlowing) clock.after(0, () => events.flowing())
        this.#isFlowing = isFlowing
      },
    }
    const isState = (state: unknown): boolean => readPlace(state) !== undefined
    this.#follower = relay.follow(channelId, handlers, { ...from, isState })
    this.#stopWatching = every(clock, WATCH_INTERVAL_MS, () => {
      if (clock.monotonicMs() - this.#aliveAtMs <= SILENT_MS) return
      this.#isFlowing = false
      events.silent()
    })
  }

  /** Media reaches the leader, and so this node. */
  get isFlowing(): boolean {
    return this.#isFlowing
  }

  #takePiece(): { readonly packets: Buffer; readonly joinPoints: number[] } {
    const parts = this.#parts
    this.#parts = []
    this.#partBytes = 0
    const packets = parts.length === 1 ? parts[0]!.packets : Buffer.concat(parts.map((part) => part.packets))
    return { packets, joinPoints: parts.flatMap((part) => part.joinPoints) }
  }

  async close(): Promise<void> {
    this.#stopWatching()
    await this.#follower.close()
  }
}
