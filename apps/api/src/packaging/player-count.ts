import type { PlayerLeases } from '@kptv/coordination'
import type { Clock } from '../cluster/clock.ts'
import type { EdgeEvents } from '../events/edge-events.ts'

export type PlayerCountOptions = {
  readonly channelId: string
  readonly players: PlayerLeases
  readonly events: Pick<EdgeEvents, 'emit'>
  readonly clock: Clock
}

/** The players of a channel that this node has heard of, and their leases in Redis. */
export class PlayerCount {
  readonly #options: PlayerCountOptions
  readonly #heardAtMs = new Map<string, number>()
  #unwritten = new Set<string>()
  #own = 0
  #isCounted = false
  #sentBytes = 0

  constructor(options: PlayerCountOptions) {
    this.#options = options
  }

  /** Players whose last request came to this node; while Redis is away, those that it has heard. */
  get own(): number {
    return this.#isCounted ? this.#own : this.#heardAtMs.size
  }

  /** Some player has sent a request to this node within the time of a lease. */
  get hasSome(): boolean {
    return this.#heardAtMs.size > 0
  }

  heard(player: string): void {
    this.#heardAtMs.set(player, this.#options.clock.monotonicMs())
    this.#unwritten.add(player)
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes
  }

  /** Writes the leases, and counts; while Redis is away, the next call does it. */
  async renew(): Promise<void> {
    const { channelId, players, clock, events } = this.#options
    const oldestMs = clock.monotonicMs() - players.lifetimeMs
    for (const [player, atMs] of this.#heardAtMs) if (atMs < oldestMs) this.#heardAtMs.delete(player)
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
