import { ChannelSession, type PlayableStream, type SessionCluster, type SessionOptions } from './channel-session.ts'

export type RegistryOptions = Pick<SessionOptions, 'settings' | 'observer' | 'now' | 'random'> & {
  readonly cluster: (channelId: string) => SessionCluster
  /** ENABLE_RESTREAMING: viewers of a channel share one session; otherwise each has its own connection and slot. */
  readonly shared: boolean
  /** MAX_BUFFER_SIZE: all rings of the node together. */
  readonly totalBufferBytes: number
  /** BUFFER_SIZE_PER_STREAM: one ring at most. */
  readonly ringBytes: number
}

/** A ring below this holds no picture at usual bit rates: rather refuse a channel than serve it badly. */
const SMALLEST_RING_BYTES = 64 * 1024

/** The sessions of this node: finds the one of a channel, creates and forgets them, shares the memory out. */
export class ChannelRegistry {
  readonly #options: RegistryOptions
  readonly #sessions = new Set<ChannelSession>()
  readonly #byChannel = new Map<string, ChannelSession>()
  readonly #mostSessions: number

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#mostSessions = Math.max(1, Math.floor(options.totalBufferBytes / SMALLEST_RING_BYTES))
  }

  get sessions(): ReadonlySet<ChannelSession> {
    return this.#sessions
  }

  get viewerCount(): number {
    let count = 0
    for (const session of this.#sessions) count += session.viewers.size
    return count
  }

  get ringBytes(): number {
    let bytes = 0
    for (const session of this.#sessions) bytes += session.ring.sizeBytes
    return bytes
  }

  /** The shared session of a channel, if it can take a viewer: then neither catalogue nor slot is needed. */
  running(channelId: string): ChannelSession | undefined {
    const session = this.#byChannel.get(channelId)
    return session?.isOpen ? session : undefined
  }

  /**
   * The session that serves a channel. One that is just ending is waited for, so that its slot is free again.
   * `undefined`: the node holds as many channels as its memory allows.
   */
  async open(channelId: string, streams: readonly PlayableStream[]): Promise<ChannelSession | undefined> {
    if (!this.#options.shared) return this.#create(channelId, streams)
    for (;;) {
      const session = this.#byChannel.get(channelId)
      if (session === undefined) break
      if (session.isOpen) return session
      await session.ended
    }
    return this.#create(channelId, streams)
  }

  /** Ends a session that holds a slot of the account and that nobody watches; resolves when the slot is given back. */
  async freeLingeringSlots(accountId: string): Promise<boolean> {
    const session = [...this.#sessions].find(
      ({ slotId, isLingering, stream }) => slotId !== undefined && isLingering && stream?.accountId === accountId,
    )
    if (session === undefined) return false
    session.yieldSlot()
    await session.ended
    return true
  }

  /** Slots that another may hold by now: their connections end at once. */
  slotsLost(slotIds: Iterable<string>): void {
    const lost = new Set(slotIds)
    for (const session of this.#sessions)
      if (session.slotId !== undefined && lost.has(session.slotId)) session.slotLost()
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.stop()))
  }

  #create(channelId: string, streams: readonly PlayableStream[]): ChannelSession | undefined {
    if (this.#sessions.size >= this.#mostSessions) return undefined
    const { observer, now, random, cluster, shared } = this.#options
    // Nobody else could come back to a connection of one's own.
    const settings = shared ? this.#options.settings : { ...this.#options.settings, inactiveTimeoutMs: 0 }
    const ringBytes = this.#ringBytes(this.#sessions.size + 1)
    const session = new ChannelSession({
      channelId,
      streams,
      cluster: cluster(channelId),
      settings,
      observer,
      now,
      random,
      ringBytes,
    })
    this.#sessions.add(session)
    if (this.#options.shared) this.#byChannel.set(channelId, session)
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
    for (const session of this.#sessions) session.ring.resize(this.#ringBytes(this.#sessions.size))
  }

  #ringBytes(sessions: number): number {
    return Math.min(this.#options.ringBytes, Math.floor(this.#options.totalBufferBytes / sessions))
  }
}
