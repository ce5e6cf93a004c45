import type { Splicer } from '@kptv/mpegts'
import type { Relay, RelayFollower } from '@kptv/relay'

export type RelayFeedEvents = {
  /** Whole packets of the session's one output; join points are byte offsets. */
  media(packets: Buffer, joinPoints: readonly number[]): void
  /** Nothing of the leader for so long that it may be gone. Told again and again while it lasts. */
  silent(): void
  /** The leader's last words. */
  ended(reason: string): void
}

export type RelayFeedOptions = {
  readonly relay: Pick<Relay, 'follow'>
  readonly channelId: string
  readonly splicer: Splicer
  readonly events: RelayFeedEvents
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** A leader ticks every 250 ms. */
const SILENT_MS = 500
const WATCH_INTERVAL_MS = 200

/**
 * Takes a channel from the relay. What comes is one more input of the session's splicer, so the output of this node runs on
 * whatever happens to leaders: at a new term, or after a gap, it goes on from a key frame with its own counters and clocks.
 */
export class RelayFeed {
  readonly #follower: RelayFollower
  readonly #watch: NodeJS.Timeout
  #aliveAt: number

  constructor({ relay, channelId, splicer, events, now }: RelayFeedOptions) {
    this.#aliveAt = now()
    splicer.startInput()
    this.#follower = relay.follow(channelId, {
      media: (packets) => {
        // The splicer writes into what it gets; these bytes may belong to others too.
        const spliced = splicer.push(Buffer.from(packets))
        if (spliced.packets.length > 0) events.media(spliced.packets, spliced.joinPoints)
      },
      interrupted: (reason) => splicer.startInput({ sameStream: reason !== 'new-term' }),
      ended: (reason) => events.ended(reason),
      alive: () => {
        this.#aliveAt = now()
      },
    })
    this.#watch = setInterval(() => {
      if (now() - this.#aliveAt > SILENT_MS) events.silent()
    }, WATCH_INTERVAL_MS)
  }

  async close(): Promise<void> {
    clearInterval(this.#watch)
    await this.#follower.close()
  }
}
