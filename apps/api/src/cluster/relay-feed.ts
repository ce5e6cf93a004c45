import type { FollowOptions, MediaOrigin, Relay, RelayFollower } from '@kptv/relay'
import type { ChannelOutput } from '../media/channel-output.ts'

export type RelayFeedEvents = {
  /** The leader plays. */
  playing(): void
  /** Nothing of the leader for so long that it may be gone. Told again and again while it lasts. */
  silent(): void
  /** The leader's last words, and its term. */
  ended(reason: string, term: number): void
  /** The leader asks a process to take over, and the stream that it plays. */
  offered(to: string, streamId: string | undefined): void
  /** The output is about to go on with what comes from here, or from another leader. */
  starting(): void
}

export type RelayFeedOptions = {
  readonly relay: Pick<Relay, 'follow'>
  readonly channelId: string
  readonly output: ChannelOutput
  readonly events: RelayFeedEvents
  /** What is known of the leader that is followed. */
  readonly from: FollowOptions
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** A leader ticks every 250 ms. */
const SILENT_MS = 500
const WATCH_INTERVAL_MS = 200
/** More than a ring holds at once: what comes without an end is handed on all the same. */
const MAX_PIECE_BYTES = 8 * 1024 * 1024

/**
 * Takes a channel from the relay, for the session's output: which hands it on as it is, or goes on
 * with its own counters where leaders change and what comes does not continue what this node has
 * had.
 */
export class RelayFeed {
  readonly #follower: RelayFollower
  readonly #watch: NodeJS.Timeout
  #aliveAt: number
  /** The next media is a new input. */
  #isNew = true
  #origin: MediaOrigin | undefined
  /** Of a piece that came in several messages. */
  #parts: Array<{ readonly packets: Buffer; readonly joinPoints: readonly number[] }> = []
  #partBytes = 0

  constructor({ relay, channelId, output, events, from, now }: RelayFeedOptions) {
    this.#aliveAt = now()
    const handlers = {
      media: (packets: Buffer, joinPoints: readonly number[], origin: MediaOrigin | undefined, state: unknown) => {
        if (this.#isNew && this.#partBytes === 0) events.starting()
        this.#origin = origin
        this.#parts.push({ packets, joinPoints: joinPoints.map((at) => at + this.#partBytes) })
        this.#partBytes += packets.length
        // Only at the end of a piece it is known where the leader's output stands.
        if (state === undefined && this.#partBytes < MAX_PIECE_BYTES) return
        output.handOn({ ...this.#takePiece(), origin, state, isNew: this.#isNew })
        this.#isNew = false
        events.playing()
      },
      interrupted: () => {
        this.#isNew = true
        // What has no end any more.
        this.#takePiece()
      },
      ended: (reason: string, term: number) => events.ended(reason, term),
      offered: (to: string) => events.offered(to, this.#origin?.streamId),
      alive: () => {
        this.#aliveAt = now()
      },
    }
    this.#follower = relay.follow(channelId, handlers, from)
    this.#watch = setInterval(() => {
      if (now() - this.#aliveAt > SILENT_MS) events.silent()
    }, WATCH_INTERVAL_MS)
  }

  #takePiece(): { packets: Buffer; joinPoints: number[] } {
    const parts = this.#parts
    this.#parts = []
    this.#partBytes = 0
    const packets = parts.length === 1 ? parts[0]!.packets : Buffer.concat(parts.map((part) => part.packets))
    return { packets, joinPoints: parts.flatMap((part) => part.joinPoints) }
  }

  async close(): Promise<void> {
    clearInterval(this.#watch)
    await this.#follower.close()
  }
}
