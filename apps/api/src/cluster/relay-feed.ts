import type { FollowOptions, MediaOrigin, Relay, RelayFollower } from '@kptv/relay'
import type { ChannelOutput } from '../media/channel-output.ts'
import { readPlace } from '../media/output-place.ts'
import { type Clock, every } from './clock.ts'

export type RelayFeedEvents = {
  /** The leader plays. */
  playing(): void
  /** The leader has sent nothing for so long that it may be gone. Repeated while that lasts. */
  silent(): void
  /** The leader's last words, and its term. */
  ended(reason: string, term: number): void
  /** The leader asks a process to take over; with the stream that it plays. */
  offered(to: string, streamId: string | undefined): void
  /** The output is about to go on with the media of this leader. */
  starting(): void
}

export type RelayFeedOptions = {
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
        this.#parts.push({ packets, joinPoints: joinPoints.map((at) => at + this.#partBytes) })
        this.#partBytes += packets.length
        // Only the end of a piece carries the place of the leader's output.
        if (state === undefined && this.#partBytes < MAX_PIECE_BYTES) return
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
      ended: (reason: string, term: number) => events.ended(reason, term),
      offered: (to: string) => events.offered(to, this.#origin?.streamId),
      alive: () => {
        this.#aliveAtMs = clock.monotonicMs()
      },
    }
    const isState = (state: unknown): boolean => readPlace(state) !== undefined
    this.#follower = relay.follow(channelId, handlers, { ...from, isState })
    this.#stopWatching = every(clock, WATCH_INTERVAL_MS, () => {
      if (clock.monotonicMs() - this.#aliveAtMs > SILENT_MS) events.silent()
    })
  }

  #takePiece(): { packets: Buffer; joinPoints: number[] } {
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
