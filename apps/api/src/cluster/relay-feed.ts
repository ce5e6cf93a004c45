import type { FollowOptions, MediaOrigin, Relay, RelayFollower } from '@kptv/relay'
import { type ChannelOutput, isSameOrigin } from '../media/channel-output.ts'

export type RelayFeedEvents = {
  /** Whole packets of the session's one output; join points are byte offsets. */
  media(packets: Buffer, joinPoints: readonly number[]): void
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

/**
 * Takes a channel from the relay. What comes is one more input of the session's output, so that runs on whatever happens to
 * leaders: at a new term, after a gap, or when the leader goes on with another stream, it goes on with its own counters and
 * clocks, from what this node has had already.
 */
export class RelayFeed {
  readonly #follower: RelayFollower
  readonly #watch: NodeJS.Timeout
  #aliveAt: number
  /** The next media is a new input. */
  #isNew = true
  #origin: MediaOrigin | undefined

  constructor({ relay, channelId, output, events, from, now }: RelayFeedOptions) {
    this.#aliveAt = now()
    const handlers = {
      media: (packets: Buffer, _joinPoints: readonly number[], origin: MediaOrigin | undefined) => {
        if (this.#isNew) events.starting()
        if (this.#isNew || !isSameOrigin(origin, this.#origin)) output.startInput(origin)
        this.#isNew = false
        this.#origin = origin
        // The output writes into what it gets; these bytes may belong to others too.
        const spliced = output.push(Buffer.from(packets))
        if (spliced.packets.length > 0) events.media(spliced.packets, spliced.joinPoints)
      },
      interrupted: () => {
        this.#isNew = true
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

  async close(): Promise<void> {
    clearInterval(this.#watch)
    await this.#follower.close()
  }
}
