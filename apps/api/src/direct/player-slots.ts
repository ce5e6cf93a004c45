import type { ErrorCode } from '@kptv/contract'
import { type Skip, SLOT_WAIT_MS } from '@kptv/failover'
import type { Clock } from '../cluster/clock.ts'
import type { ConnectionEnd, SessionSlots } from '../cluster/session-slots.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { failureOf } from '../providers/stream-pull.ts'

/** A connection to a provider. */
export type DirectConnection = {
  /** Resolves after its socket has closed, whichever side closed it. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

export type PlayerSlotsOptions = {
  /** The slots of the cluster, for one player. */
  readonly createSlots: (name: string) => SessionSlots
  readonly clock: Clock
}

type Asked<Connection> = {
  /** The same in all requests of a player. */
  readonly player: string
  /** For people who read Redis: what is played. */
  readonly name: string
  /** Of its user: a higher one may take the slot over. */
  readonly priority: number
  /** In order of preference. */
  readonly streams: readonly PlayableStream[]
  /** Rejects if the stream does not play. */
  readonly connect: (stream: PlayableStream, mayConnect: () => boolean) => Promise<Connection>
  /** The client has left. */
  readonly left: AbortSignal
}

type Held = {
  readonly slots: SessionSlots
  readonly slotId: string
  readonly stream: PlayableStream
  connection: DirectConnection | undefined
  end: ConnectionEnd | undefined
  cancelRelease: () => void
}

/** Between two requests of a player that seeks. */
const LINGER_MS = 10_000
/** A slot may become free without a message. */
const CHECK_MS = 1_000

/**
 * One slot for each player of something that nobody shares: a VOD, or a part of the past. It is
 * held over all requests of the player. A seek closes the old connection before the new one is
 * opened, so the provider never sees two.
 */
export class PlayerSlots {
  readonly #options: PlayerSlotsOptions
  readonly #held = new Map<string, Held>()
  /** The last request of each player: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #waiting = new Set<() => void>()

  constructor(options: PlayerSlotsOptions) {
    this.#options = options
  }

  /** A connection of the player to the first stream that plays, or why there is none. */
  open<Connection extends DirectConnection>(
    asked: Asked<Connection>,
  ): Promise<{ readonly connection: Connection } | { readonly refused: ErrorCode }> {
    const { player } = asked
    const before = this.#turns.get(player) ?? Promise.resolve()
    const turn = before.then(() => this.#open(asked))
    const settled = turn.catch(() => undefined)
    this.#turns.set(player, settled)
    void settled.then(() => {
      if (this.#turns.get(player) === settled) this.#turns.delete(player)
    })
    return turn
  }

  async #open<Connection extends DirectConnection>(
    asked: Asked<Connection>,
  ): Promise<{ readonly connection: Connection } | { readonly refused: ErrorCode }> {
    const { player, left } = asked
    await this.#closeConnection(this.#held.get(player))
    const deadlineMs = this.#options.clock.monotonicMs() + SLOT_WAIT_MS
    for (;;) {
      const tried = await this.#tryStreams(asked)
      if ('connection' in tried) return tried
      if (tried.because !== 'full') return { refused: REFUSALS[tried.because] }
      if (left.aborted || this.#options.clock.monotonicMs() >= deadlineMs) return { refused: REFUSALS.full }
      await this.#untilFreed()
    }
  }

  /** Each stream once: the one that plays now first, since its slot is there. */
  async #tryStreams<Connection extends DirectConnection>(
    asked: Asked<Connection>,
  ): Promise<{ readonly connection: Connection } | { readonly because: Skip | 'failing' }> {
    const present = this.#held.get(asked.player)?.stream.streamId
    const ordered = asked.streams.toSorted(
      (first, second) => Number(second.streamId === present) - Number(first.streamId === present),
    )
    let because: Skip | 'failing' = 'failing'
    let isFull = false
    for (const stream of ordered) {
      const held = await this.#slotFor(asked, stream)
      if ('skip' in held) {
        because = held.skip
        isFull ||= held.skip === 'full'
        if (held.skip === 'full') this.#options.createSlots(asked.name).want(stream)
        continue
      }
      const connection = await this.#connect(asked, held)
      if (connection !== undefined) return { connection }
      because = 'failing'
    }
    // A slot that becomes free may help; nothing else does.
    return { because: isFull ? 'full' : because }
  }

  async #slotFor(
    { player, name, priority }: Pick<Asked<never>, 'player' | 'name' | 'priority'>,
    stream: PlayableStream,
  ) {
    const present = this.#held.get(player)
    const isOurs = present?.slots.standing(present.slotId) === 'held'
    if (present !== undefined && isOurs && present.stream.accountId === stream.accountId) {
      const kept: Held = { ...present, stream }
      this.#held.set(player, kept)
      return kept
    }
    // A player has one connection, so it needs no second slot.
    if (present !== undefined) await this.#release(player, present)
    const slots = this.#options.createSlots(name)
    const answer = await slots
      .takeSlot(stream, { hasViewers: false, priority })
      .catch(() => ({ skip: 'unavailable' as const }))
    if (!('slotId' in answer)) return answer
    const held: Held = {
      slots,
      slotId: answer.slotId,
      stream,
      connection: undefined,
      end: { failure: undefined, wasHealthy: false },
      cancelRelease: () => undefined,
    }
    this.#held.set(player, held)
    return held
  }

  async #connect<Connection extends DirectConnection>(
    { player, connect, left }: Asked<Connection>,
    held: Held,
  ): Promise<Connection | undefined> {
    const { slots, slotId, stream } = held
    try {
      const connection = await connect(stream, () => slots.standing(slotId) === 'held')
      held.connection = connection
      held.end = { failure: undefined, wasHealthy: true }
      slots.markSlot(slotId, 'active')
      slots.noteHealthy(slotId)
      slots.noteSuccess(slotId, stream.streamId)
      void connection.closed.then(() => this.#linger(player, connection))
      return connection
    } catch (error) {
      if (!left.aborted) {
        const failure = slots.explain(slotId, failureOf(error))
        slots.noteFailure(slotId, stream, failure)
        held.end = { failure, wasHealthy: false }
      }
      await this.#release(player, held)
      return undefined
    }
  }

  /** The slot waits for the next request of the player, unless somebody else wants it. */
  #linger(player: string, connection: DirectConnection): void {
    const held = this.#held.get(player)
    if (held === undefined || held.connection !== connection) return
    held.connection = undefined
    if (held.slots.isWanted(held.stream.accountId)) return void this.#release(player, held)
    held.cancelRelease = this.#options.clock.after(LINGER_MS, () => void this.#release(player, held))
  }

  async #closeConnection(held: Held | undefined): Promise<void> {
    if (held === undefined) return
    held.cancelRelease()
    const { connection } = held
    held.connection = undefined
    await connection?.close()
  }

  async #release(player: string, held: Held): Promise<void> {
    if (this.#held.get(player)?.slotId === held.slotId) this.#held.delete(player)
    await this.#closeConnection(held)
    // A slot that cannot be given back now expires: the heartbeat no longer renews it.
    await held.slots.releaseSlot(held.slotId, held.end).catch(() => undefined)
  }

  #untilFreed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#options.clock.after(CHECK_MS, resolve)
    this.#waiting.add(resolve)
    return promise.finally(() => {
      cancel()
      this.#waiting.delete(resolve)
    })
  }

  /** A slot was given back, on some node. */
  slotFreed(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Gives up a slot of the account that waits for its player's next request, if there is one. */
  async freeLingering(accountId: string): Promise<boolean> {
    for (const [player, held] of this.#held) {
      if (held.stream.accountId !== accountId || held.connection !== undefined || this.#turns.has(player)) continue
      await this.#release(player, held)
      return true
    }
    return false
  }

  /** Slots that another node may hold by now: their connections end at once. */
  slotsLost(slotIds: Iterable<string>): void {
    const lost = new Set(slotIds)
    for (const [player, held] of this.#held) if (lost.has(held.slotId)) void this.#release(player, held)
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#held].map(([player, held]) => this.#release(player, held)))
  }
}

const REFUSALS: Readonly<Record<Skip | 'failing', ErrorCode>> = {
  full: 'sources-full',
  resting: 'sources-resting',
  blocked: 'streams-blocked',
  quarantined: 'streams-quarantined',
  unavailable: 'coordination-unavailable',
  failing: 'streams-failing',
}
