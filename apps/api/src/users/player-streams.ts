import type { ErrorCode } from '@kptv/contract'
import type { Cluster } from '@kptv/coordination'
import type { Caller } from './caller.ts'

/** A player without a connection (HLS) has sent a request. */
export type PlayerRequest = {
  readonly channelId: string
  /** Random, and the same in all its requests. */
  readonly player: string
  /** Its stream counts for this time, or until its next request. */
  readonly lifetimeMs: number
}

type PlayerStreamsOptions = {
  readonly streams: Pick<Cluster['userStreams'], 'keepPlayer'>
  readonly monotonicMs: () => number
}

/** The streams of users whose players have no connection, as far as this node has seen them. */
export class PlayerStreams {
  readonly #options: PlayerStreamsOptions
  /** Players that may continue while Redis is away, and until when. */
  readonly #admittedUntilMs = new Map<string, number>()

  constructor(options: PlayerStreamsOptions) {
    this.#options = options
  }

  /** @returns why the request is refused, if it is */
  async admit({ user, device }: Caller, request: PlayerRequest): Promise<ErrorCode | undefined> {
    if (user === undefined) return undefined
    const { name, streams: limit, onLimit } = user
    const key = JSON.stringify([name, request.channelId, request.player])
    try {
      const stream = { user: name.toLowerCase(), limit, onLimit, device, ...request }
      const outcome = await this.#options.streams.keepPlayer(stream)
      if (outcome !== 'kept') return 'user-limit'
    } catch {
      const mayGoOn = limit === Number.POSITIVE_INFINITY || this.#isAdmitted(key)
      if (!mayGoOn) return 'coordination-unavailable'
    }
    this.#admittedUntilMs.set(key, this.#options.monotonicMs() + request.lifetimeMs)
    return undefined
  }

  forgetSilent(): void {
    for (const key of this.#admittedUntilMs.keys()) if (!this.#isAdmitted(key)) this.#admittedUntilMs.delete(key)
  }

  #isAdmitted(key: string): boolean {
    return (this.#admittedUntilMs.get(key) ?? 0) > this.#options.monotonicMs()
  }
}
