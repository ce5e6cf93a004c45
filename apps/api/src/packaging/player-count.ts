import type { Clock } from '@kptv/clock'
import type { PlayerLeases } from '@kptv/coordination'
import type { EdgeEvents } from '../events/edge-events.ts'
import type { ViewerClient } from '../media/viewer.ts'

type PlayerCountOptions = {
  readonly channelId: string
  readonly players: PlayerLeases
  readonly events: Pick<EdgeEvents, 'emit'>
  readonly clock: Clock
}

/** A player without its own connection. */
export type HeardPlayer = {
  readonly id: string
  /** As it was at its first request. */
  readonly client: ViewerClient
  heardAtMs: number
  sentBytes: number
}

/** The players of a channel that this node has heard of, and their leases in Redis. */
export class PlayerCount {
  readonly #options: PlayerCountOptions
  readonly #heard = new Map<string, HeardPlayer>()
  #unwritten = new Set<string>()
  #own = 0
  #isCounted = false
  #sentBytes = 0

  constructor(options: PlayerCountOptions) {
    this.#options = options
  }

  /** Players whose last request came to this node; while Redis is away, those that it has heard. */
  get own(): number {
    return this.#isCounted ? this.#own : this.#heard.size
  }

  /** Some player has sent a request to this node within the time of a lease. */
  get hasSome(): boolean {
    return this.#heard.size > 0
  }

  /** Those that have sent a request to this node within the time of a lease, the newest last. */
  get heardOf(): readonly HeardPlayer[] {
    return [...this.#heard.values()]
  }

  heard(id: string, client: ViewerClient): void {
    const known = this.#heard.get(id) ?? { id, client, heardAtMs: 0, sentBytes: 0 }
    known.heardAtMs = this.#options.clock.monotonicMs()
    this.#heard.set(id, known)
    this.#unwritten.add(id)
  }

  sent(id: string, bytes: number): void {
    this.#sentBytes += bytes
    const known = this.#heard.get(id)
    if (known !== undefined) known.sentBytes += bytes
  }

  /** Writes the leases, and counts; while Redis is away, the next call does it. */
  async renew(): Promise<void> {
    const { channelId, players, clock, events } = this.#options
    const oldestMs = clock.monotonicMs() - players.lifetimeMs
    for (const { id, heardAtMs } of this.#heard.values()) if (heardAtMs < oldestMs) this.#heard.delete(id)
    const heard = this.#unwritten
    this.#unwritten = new Set()
    const change = await players.renew(channelId, [...heard]).catch(() => undefined)
    this.#isCounted = change !== undefined
    if (change === undefined) {
      for (const player of heard) this.#unwritten.add(player)
      return
    }
    this.#own = change.own
    for (let count = 0; count < change.joined; count++) events.emit({ type: 'viewer-joined', channelId })
    for (let count = 0; count < change.left; count++) this.#left()
  }

  /** What was sent to all players is counted with the first one that leaves. */
  #left(): void {
    const { channelId, events } = this.#options
    const sentBytes = this.#sentBytes
    this.#sentBytes = 0
    events.emit({ type: 'viewer-left', channelId, reason: 'left', sentBytes, jumps: 0 })
  }
}
