import type { SessionSlots } from '../cluster/session-slots.ts'
import type { SharedChannel } from '../cluster/shared-channel.ts'
import { SlabPool, slabBytesFor } from '../media/slab-pool.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { ChannelSession } from './channel-session.ts'
import type { AdoptedChannel, SessionOptions } from './session-options.ts'

type RegistryOptions = Pick<SessionOptions, 'settings' | 'events' | 'clock' | 'random'> & {
  readonly cluster: (channelId: string, shared: SharedChannel | undefined) => SessionSlots
  /**
   * How the nodes share a channel (ENABLE_RESTREAMING). Without it each viewer has its own
   * connection and slot.
   */
  readonly share: ((channelId: string) => SharedChannel) | undefined
  /** MAX_BUFFER_SIZE: all rings of the node together. */
  readonly totalBufferBytes: number
  /** BUFFER_SIZE_PER_STREAM: one ring at most. */
  readonly maxRingBytes: number
}

/**
 * A smaller ring holds no frame at usual bit rates: better to refuse a channel than to serve it
 * badly.
 */
const MIN_RING_BYTES = 64 * 1024
/** There is memory for the rings of at least so many. */
const FEW_CHANNELS = 16

/**
 * The sessions of this node: finds, creates and forgets them, and shares the memory out among them.
 */
export class ChannelRegistry {
  readonly #options: RegistryOptions
  readonly #sessions = new Set<ChannelSession>()
  readonly #byChannel = new Map<string, ChannelSession>()
  readonly #maxSessions: number
  readonly #pool: SlabPool

  constructor(options: RegistryOptions) {
    this.#options = options
    const { totalBufferBytes, maxRingBytes } = options
    const ringBytes = Math.min(maxRingBytes, totalBufferBytes / FEW_CHANNELS)
    this.#pool = new SlabPool(totalBufferBytes, slabBytesFor(ringBytes))
    this.#maxSessions = Math.max(1, Math.floor(totalBufferBytes / (MIN_RING_BYTES + this.#unusedBytes)))
  }

  /** Of each ring: on average, half of the slab at each end. */
  get #unusedBytes(): number {
    return this.#pool.slabBytes
  }

  get sessions(): ReadonlySet<ChannelSession> {
    return this.#sessions
  }

  /** Sessions of one channel: several where viewers do not share it. */
  ofChannel(channelId: string): readonly ChannelSession[] {
    return [...this.#sessions].filter((session) => session.channelId === channelId)
  }

  get viewerCount(): number {
    let count = 0
    for (const session of this.#sessions) count += session.viewerCount
    return count
  }

  /** Media held in all rings. */
  get bufferedBytes(): number {
    let bytes = 0
    for (const session of this.#sessions) bytes += session.ring.sizeBytes
    return bytes
  }

  /** Connections to providers that are open or being opened: never more than slots are held. */
  get connectionCount(): number {
    let count = 0
    for (const session of this.#sessions) if (session.isConnected) count += 1
    return count
  }

  /**
   * The shared session of a channel, if it can take a viewer; then neither catalogue nor slot is
   * needed.
   */
  running(channelId: string): ChannelSession | undefined {
    const session = this.#byChannel.get(channelId)
    return session?.isOpen ? session : undefined
  }

  /**
   * The session that serves a channel. Waits for one that is about to end, so that its slot is
   * free.
   *
   * @param name of the channel, for players that show it
   * @returns `undefined` if the node holds as many channels as its memory allows
   */
  async open(
    channelId: string,
    streams: readonly PlayableStream[],
    name?: string,
  ): Promise<ChannelSession | undefined> {
    if (this.#options.share === undefined) return this.#create(channelId, streams, name)
    for (;;) {
      const session = this.#byChannel.get(channelId)
      if (session === undefined) break
      if (session.isOpen) return session
      await session.ended
    }
    const isFull = this.#sessions.size >= this.#maxSessions
    if (isFull && (await this.#endLingering(() => true))) return this.open(channelId, streams, name)
    return this.#create(channelId, streams, name)
  }

  /**
   * Ends a session without viewers that holds a slot of the account; resolves when the slot is
   * given back.
   */
  freeLingeringSlot(accountId: string): Promise<boolean> {
    return this.#endLingering(({ slotId, stream }) => slotId !== undefined && stream?.accountId === accountId)
  }

  /** Another generation of the catalogue: running channels get their new streams and names. */
  async adopt(readChannel: (channelId: string) => Promise<AdoptedChannel | undefined>): Promise<void> {
    for (const session of this.#sessions) {
      const channel = await readChannel(session.channelId)
      if (channel !== undefined) session.adopt(channel)
    }
  }

  /**
   * Slots that another node may hold by now, or that sessions of higher priority get: their
   * connections end at once.
   */
  slotsLost(slotIds: Iterable<string>, isOutranked = false): void {
    const lost = new Set(slotIds)
    for (const session of this.#sessions) {
      if (session.slotId !== undefined && lost.has(session.slotId)) session.slotLost(isOutranked)
    }
  }

  /** A slot of the account was given back, on some node: sessions that wait for one check again. */
  slotFreed(accountId: string): void {
    for (const session of this.#sessions) session.slotFreed(accountId)
  }

  /** Hands every channel over to another node; the viewers here continue over the relay. */
  handOverAll(): void {
    for (const session of this.#sessions) session.handOver()
  }

  /** Some channel plays on only until another node takes it over. */
  get isHandingOver(): boolean {
    return [...this.#sessions].some((session) => session.phase === 'offering')
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.stop()))
  }

  /** Each caller ends a different session: two calls at once must not wait for the same slot. */
  async #endLingering(suits: (session: ChannelSession) => boolean): Promise<boolean> {
    const session = [...this.#sessions].find((one) => one.isOpen && one.isLingering && suits(one))
    if (session === undefined) return false
    session.yieldSlot()
    await session.ended
    return true
  }

  #create(channelId: string, streams: readonly PlayableStream[], name: string | undefined): ChannelSession | undefined {
    if (this.#sessions.size >= this.#maxSessions) return undefined
    const { events, clock, random, cluster, share } = this.#options
    const shared = share?.(channelId)
    // No other viewer could come back to a connection that is not shared.
    const settings = shared ? this.#options.settings : { ...this.#options.settings, inactiveTimeoutMs: 0 }
    const session = new ChannelSession({
      channelId,
      name,
      streams,
      shared,
      settings,
      events,
      clock,
      random,
      cluster: cluster(channelId, shared),
      ringBytes: this.#shareOfMemory(this.#sessions.size + 1),
      pool: this.#pool,
    })
    this.#sessions.add(session)
    if (shared) this.#byChannel.set(channelId, session)
    this.#shareMemory()
    void session.ended.then(() => this.#forget(session))
    return session
  }

  #forget(session: ChannelSession): void {
    this.#sessions.delete(session)
    if (this.#byChannel.get(session.channelId) === session) this.#byChannel.delete(session.channelId)
    this.#shareMemory()
  }

  #shareMemory(): void {
    for (const session of this.#sessions) session.ring.resize(this.#shareOfMemory(this.#sessions.size))
  }

  #shareOfMemory(sessions: number): number {
    const share = Math.floor(this.#options.totalBufferBytes / sessions) - this.#unusedBytes
    return Math.min(this.#options.maxRingBytes, Math.max(MIN_RING_BYTES, share))
  }
}
