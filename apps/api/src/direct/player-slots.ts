import type { Clock } from '@kptv/clock'
import type { ConnectionEnd, SessionSlots } from '../cluster/session-slots.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { failureOf } from '../providers/stream-pull.ts'
import {
  type DirectAnswer,
  type DirectConnection,
  type DirectMedia,
  type DirectRequest,
  maySoonWork,
  REFUSALS,
  type Reason,
} from './direct-request.ts'
import { Patience } from './patience.ts'
import { SlotQueue } from './slot-queue.ts'

type PlayerSlotsOptions = {
  /** The slots of the cluster, for one player. */
  readonly createSlots: (name: string) => SessionSlots
  readonly clock: Clock
}

type Turn = { readonly opening: AbortController; readonly over: Promise<unknown> }

type Held = {
  readonly about: DirectMedia
  readonly slots: SessionSlots
  readonly slotId: string
  readonly stream: PlayableStream
  connection: DirectConnection | undefined
  end: ConnectionEnd | undefined
  cancelRelease: () => void
}

/** One request's search for a slot. */
type Search = { readonly slots: SessionSlots; readonly queue: SlotQueue; readonly signal: AbortSignal }

type Tried<Connection> = { readonly connection: Connection } | { readonly because: Reason }

/** Between two requests of a player that seeks. */
const LINGER_MS = 10_000
const MAX_LAST_STREAMS = 1_000

/**
 * One slot for each player of something that nobody shares: a VOD, or a part of the past. It is
 * held over all requests of the player. A seek closes the old connection before the new one is
 * opened, so the provider never sees two.
 */
export class PlayerSlots {
  readonly #options: PlayerSlotsOptions
  readonly #held = new Map<string, Held>()
  /** The last request of each player: the next one takes its place. */
  readonly #turns = new Map<string, Turn>()
  /** Which stream each player had last, also when its slot was given back since. */
  readonly #lastStreams = new Map<string, string>()
  readonly #waiting = new Set<SlotQueue>()

  constructor(options: PlayerSlotsOptions) {
    this.#options = options
  }

  /** Players that have a connection. */
  get count(): number {
    return this.playing.length
  }

  /** What they have, one for each player. */
  get playing(): readonly DirectMedia[] {
    return [...this.#held.values()].flatMap(({ about, connection }) => (connection === undefined ? [] : [about]))
  }

  /** A connection of the player to the first stream that plays, or why there is none. */
  open<Stream extends PlayableStream, Connection extends DirectConnection>(
    request: DirectRequest<Stream, Connection>,
  ): Promise<DirectAnswer<Connection>> {
    const { player, left } = request
    const before = this.#turns.get(player)
    before?.opening.abort()
    const opening = new AbortController()
    const signal = AbortSignal.any([left, opening.signal])
    const answer = Promise.resolve(before?.over).then(() => this.#open(request, signal))
    const turn = { opening, over: answer.catch(() => undefined) }
    this.#turns.set(player, turn)
    void turn.over.then(() => {
      if (this.#turns.get(player) === turn) this.#turns.delete(player)
    })
    return answer
  }

  async #open<Stream extends PlayableStream, Connection extends DirectConnection>(
    request: DirectRequest<Stream, Connection>,
    signal: AbortSignal,
  ): Promise<DirectAnswer<Connection>> {
    // Its slot is left to the player's next request.
    if (signal.aborted) return { refused: 'left' }
    await this.#closeConnection(this.#held.get(request.player))
    const { createSlots, clock } = this.#options
    const slots = createSlots(nameOf(request.about))
    const rank = { hasViewers: false, priority: request.priority }
    const queue = new SlotQueue({ slots, rank, clock, signal })
    const patience = new Patience(clock, signal)
    this.#waiting.add(queue)
    try {
      for (;;) {
        const tried = await this.#tryStreams(request, { slots, queue, signal })
        if ('connection' in tried) return tried
        if (signal.aborted) return { refused: 'left' }
        const { because } = tried
        const mayHelp = because === 'full' ? queue.untilTurn() : maySoonWork(because, request) && patience.pause()
        if (!(await mayHelp)) return { refused: signal.aborted ? 'left' : REFUSALS[because] }
      }
    } finally {
      this.#waiting.delete(queue)
      queue.leave()
    }
  }

  /** Each stream once: the one that plays now first, since its slot is there. */
  async #tryStreams<Stream extends PlayableStream, Connection extends DirectConnection>(
    request: DirectRequest<Stream, Connection>,
    search: Search,
  ): Promise<Tried<Connection>> {
    let because: Reason = 'failing'
    let isFull = false
    for (const stream of this.#inOrder(request)) {
      const held = await this.#slotFor(request, stream, search)
      if ('skip' in held) {
        because = held.skip
        isFull ||= held.skip === 'full'
        continue
      }
      const tried = await this.#connect(request, { held, stream, signal: search.signal })
      if ('connection' in tried) return tried
      because = tried.because
      if (because === 'left') break
    }
    return { because: isFull ? 'full' : because }
  }

  #inOrder<Stream extends PlayableStream>(
    request: Pick<DirectRequest<Stream, never>, 'player' | 'streams' | 'isContinued'>,
  ) {
    const { player, streams, isContinued = false } = request
    const before = isContinued ? this.#lastStreams.get(player) : undefined
    const last = this.#held.get(player)?.stream.streamId ?? before
    const same = streams.filter(({ streamId }) => streamId === last)
    if (isContinued && same.length > 0) return same
    return [...same, ...streams.filter(({ streamId }) => streamId !== last)]
  }

  async #slotFor(
    { player, about }: Pick<DirectRequest<PlayableStream, never>, 'player' | 'about'>,
    stream: PlayableStream,
    { slots, queue }: Search,
  ) {
    const present = this.#held.get(player)
    const isOurs = present?.slots.standing(present.slotId) === 'held'
    if (present !== undefined && isOurs && present.stream.accountId === stream.accountId) {
      const kept: Held = { ...present, about, stream }
      this.#held.set(player, kept)
      return kept
    }
    // A player has one connection, so it needs no second slot.
    if (present !== undefined) await this.#release(player, present)
    const answer = await queue.take(stream)
    if (!('slotId' in answer)) return answer
    const held: Held = {
      about,
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

  async #connect<Stream extends PlayableStream, Connection extends DirectConnection>(
    { player, connect }: DirectRequest<Stream, Connection>,
    { held, stream, signal }: { readonly held: Held; readonly stream: Stream; readonly signal: AbortSignal },
  ): Promise<Tried<Connection>> {
    const { slots, slotId } = held
    try {
      const connection = await connect(stream, { signal, mayConnect: () => slots.standing(slotId) === 'held' })
      held.end = { failure: undefined, wasHealthy: true }
      if (this.#held.get(player) !== held) {
        // The slot was lost meanwhile.
        await connection.close()
        return { because: 'failing' }
      }
      held.connection = connection
      slots.markSlot(slotId, 'active')
      slots.noteHealthy(slotId)
      slots.noteSuccess(slotId, stream.streamId)
      this.#noteStream(player, stream.streamId)
      void connection.closed.then(() => this.#linger(player, connection))
      return { connection }
    } catch (error) {
      if (signal.aborted) {
        this.#linger(player, undefined)
        return { because: 'left' }
      }
      const failure = slots.explain(slotId, failureOf(error))
      slots.noteFailure(slotId, stream, failure)
      held.end = { failure, wasHealthy: false }
      await this.#release(player, held)
      return { because: failure.kind === 'gone' || failure.kind === 'unplayable' ? 'gone' : 'failing' }
    }
  }

  #noteStream(player: string, streamId: string): void {
    this.#lastStreams.delete(player)
    this.#lastStreams.set(player, streamId)
    const [oldest] = this.#lastStreams.keys()
    if (this.#lastStreams.size > MAX_LAST_STREAMS && oldest !== undefined) this.#lastStreams.delete(oldest)
  }

  /** The slot waits for the next request of the player, unless somebody else wants it. */
  #linger(player: string, connection: DirectConnection | undefined): void {
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

  /** A slot was given back, on some node. */
  slotFreed(): void {
    for (const queue of this.#waiting) queue.freed()
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
    const turns = [...this.#turns.values()]
    for (const { opening } of turns) opening.abort()
    await Promise.all(turns.map(({ over }) => over))
    await Promise.all([...this.#held].map(([player, held]) => this.#release(player, held)))
  }
}

/** For people who read Redis. */
function nameOf({ channel, kind }: DirectMedia): string {
  return kind === 'vod' ? channel : `${channel}-${kind}`
}
