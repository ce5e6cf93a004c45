import type { Clock } from '@kptv/clock'
import type { Redis, RedisServer } from '@kptv/redis'
import type { RelayListener, RelaySubscription } from './relay-transport.ts'

/** How often a connection must prove that it receives messages. */
const PROOF_EVERY_MS = 1000
/** A connection that received nothing for this many probes is given up. */
const DEAF_AFTER_PROOFS = 3

/**
 * The sharded subscriptions of one connection. It keeps its own list of wanted names and subscribes
 * itself after every reconnect, because ioredis does not report when it has done so, and leaves its
 * rejections unhandled.
 *
 * A connection that is "ready" may be deaf: every second it must prove itself by subscribing once
 * more to one of the names in turn, which also repairs a single lost subscription.
 */
export class SubscriberLane {
  readonly #redis: RedisServer
  readonly #clock: Clock
  /**
   * By name; each SSUBSCRIBE takes one name, since in a Redis Cluster names of different slots may
   * not share one.
   */
  readonly #wanted = new Map<string, Set<RelayListener>>()
  #cancelProof: () => void
  #proofs = 0
  /**
   * Counted, not measured: after a stall of this process the answers may lie unread in the socket.
   */
  #unproven = 0
  #isClosed = false

  /** @param redis of role `subscriber`, for this lane alone */
  constructor(redis: RedisServer, clock: Clock) {
    this.#redis = redis
    this.#clock = clock
    redis.options.autoResubscribe = false
    redis.on('smessageBuffer', (name: Buffer, bytes: Buffer) => {
      this.#unproven = 0
      for (const listener of this.#wanted.get(name.toString()) ?? []) listener.message(bytes)
    })
    redis.on('ready', () => {
      this.#unproven = 0
      for (const [name, listeners] of this.#wanted) void this.#subscribe(name, listeners)
    })
    this.#cancelProof = clock.after(PROOF_EVERY_MS, () => this.#prove())
  }

  subscribe(name: string, listener: RelayListener): RelaySubscription {
    const listeners = this.#wanted.get(name) ?? new Set()
    this.#wanted.set(name, listeners)
    listeners.add(listener)
    const renew = () => {
      if (listeners.has(listener)) void this.#subscribe(name, [listener])
    }
    renew()
    return { renew, close: async () => this.#unsubscribe(name, listener) }
  }

  /** It has no listener. */
  get isIdle(): boolean {
    return this.#wanted.size === 0
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelProof()
    this.#wanted.clear()
    await disconnect(this.#redis)
  }

  async #subscribe(name: string, listeners: Iterable<RelayListener>): Promise<void> {
    // Otherwise the next `ready` does it.
    if (this.#redis.status !== 'ready') return
    try {
      await this.#redis.ssubscribe(name)
    } catch {
      // Cut off meanwhile: the next `ready` subscribes. Refused: the listener stays silent, and
      // renews.
      return
    }
    this.#unproven = 0
    const present = this.#wanted.get(name)
    for (const listener of [...listeners]) if (present?.has(listener)) listener.subscribed()
  }

  #unsubscribe(name: string, listener: RelayListener): void {
    const listeners = this.#wanted.get(name)
    if (!listeners?.delete(listener) || listeners.size > 0) return
    this.#wanted.delete(name)
    if (this.#redis.status === 'ready') this.#redis.sunsubscribe(name).catch(() => {})
  }

  #prove(): void {
    if (this.#isClosed) return
    this.#cancelProof = this.#clock.after(PROOF_EVERY_MS, () => this.#prove())
    const isExpected = this.#redis.status === 'connect' || (this.#redis.status === 'ready' && this.#wanted.size > 0)
    if (!isExpected) {
      this.#unproven = 0
      return
    }
    if (++this.#unproven > DEAF_AFTER_PROOFS) {
      this.#unproven = 0
      this.#redis.stream.destroy()
      return
    }
    const names = [...this.#wanted.keys()]
    const name = names[this.#proofs++ % names.length]
    if (name !== undefined) void this.#subscribe(name, [])
  }
}

/** Ends a connection for good; what was written before is still sent if Redis takes it. */
export async function disconnect(redis: Redis): Promise<void> {
  if (redis.status === 'end') return
  // Between two attempts there is no socket, so no `end` would be reported.
  const isBetween = redis.status === 'reconnecting' || redis.status === 'wait'
  const { promise, resolve } = Promise.withResolvers<void>()
  redis.once('end', resolve)
  redis.disconnect()
  if (isBetween) return
  // ioredis destroys a socket that does not end after 2 s.
  const patience = setTimeout(resolve, 3000)
  await promise
  clearTimeout(patience)
}
