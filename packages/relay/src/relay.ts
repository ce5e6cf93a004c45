/**
 * Carries a channel's one output from its leader to the nodes that follow. Two implementations keep
 * this contract: redis-relay.ts and test-support/memory-relay.ts; test-support/relay-conformance.ts
 * holds both to it.
 */
export type Relay = {
  /**
   * The leader's side. A term has one open publisher: its holder. If it is closed and made again in
   * the same term, followers see a gap.
   *
   * @throws Error on a second open publisher of the same channel and term, or after dispose
   */
  publisher(channelId: string, term: number, options?: PublishOptions): RelayPublisher
  /**
   * The follower's side; listens until it is closed. Subscriptions of one channel are shared within
   * a relay.
   */
  follow(channelId: string, handlers: FollowHandlers, options?: FollowOptions): RelayFollower
  /** Closes all publishers (without last words), followers and connections. */
  [Symbol.asyncDispose](): Promise<void>
}

/** The origin of media: the provider's stream, and the offset that was added to its timestamps. */
export type MediaOrigin = {
  readonly streamId: string
  /** In ticks of 90 kHz, modulo 2^33. */
  readonly offsetTicks: number
}

/** A piece of a channel's output. */
export type PublishedMedia = {
  /** Whole packets. */
  readonly packets: Buffer
  /** Byte offsets of packets at which a player can start, ascending. */
  readonly joinPoints: readonly number[]
  readonly origin?: MediaOrigin | undefined
  /** Of the output behind the packets, as JSON can hold it: followers get it with them. */
  readonly state?: unknown
}

export type PublishOptions = {
  /**
   * Checked before each message: a process that was frozen and resumes with media in hand must not
   * send it any more. Default: always
   */
  readonly mayPublish?: (() => boolean) | undefined
  /**
   * Whether media reaches the leader: followers hear it with each message. Default: always
   */
  readonly isFlowing?: (() => boolean) | undefined
  /**
   * What a new follower starts with: everything so far from a join point on. With it, a publisher
   * without followers keeps nothing itself, and costs next to nothing.
   */
  readonly backlog?: (() => readonly PublishedMedia[]) | undefined
}

export type RelayPublisher = {
  /**
   * Takes whole packets, which it copies if anybody follows. Never blocks: media that Redis cannot
   * take is dropped, counted, and requested by the followers. Does nothing after `end` and `close`.
   *
   * @throws RangeError when the bytes are not a multiple of 188, or a join point is not
   */
  append(media: PublishedMedia): void
  /**
   * Sends at once what was appended. Resolves when all followers that hear have been sent it, or
   * could not be; never rejects.
   */
  flush(): Promise<void>
  /**
   * Requests one follower, by its incarnation, to take over; sent once. @throws RangeError on text
   * that is not an incarnation
   */
  offer(to: string): Promise<void>
  /**
   * Last words: followers end with the same reason. Resolves when they are sent, or could not be.
   * The window stays available for followers that miss something, until `close`.
   *
   * @param reason a short code: letters, digits, `-` and `_`, at most 64
   * @throws RangeError on other text
   */
  end(reason: string): Promise<void>
  /** Nothing is sent after this call. */
  close(): Promise<void>
  /** No node follows, and nothing is kept for returning followers: appended packets are ignored. */
  readonly isResting: boolean
  /** Number of nodes that follow, as of Redis' last answer. */
  readonly followers: number
  readonly stats: PublisherStats
}

/** The same statistics, as their owner counts them. */
export type Counters<Stats> = { -readonly [Name in keyof Stats]: Stats[Name] }

export type PublisherStats = {
  /** Messages with media that were sent to all followers, and their bytes. */
  readonly published: number
  readonly bytes: number
  /**
   * Messages with media that were not sent, or not acknowledged: too many on their way, or Redis
   * away.
   */
  readonly dropped: number
  /** Messages sent again to one follower, its backlog included. */
  readonly repairs: number
}

export type FollowOptions = {
  /** Known from the lead record: messages of lower terms are dropped from the start. Default 0. */
  readonly fromTerm?: number
  /**
   * Media is wanted from the first message of a term on, not from its newest join point: for a
   * follower that knows the media before it.
   */
  readonly fromStart?: boolean
  /** Messages whose state it refuses are foreign. Default: all states are good. */
  readonly isState?: (state: unknown) => boolean
}

export type FollowHandlers = {
  /**
   * Whole packets in order, each once, of one origin; lent for the call. `joinPoints`: byte
   * offsets. The first packets are at a join point. `state`: of the leader's output behind them;
   * absent where they end within one of its pieces.
   */
  media(packets: Buffer, joinPoints: readonly number[], origin: MediaOrigin | undefined, state: unknown): void
  /**
   * The next packets do not continue the last ones; they begin at a join point. `gap`: something is
   * missing and could not be repaired; `resubscribed`: the same, after the subscription was away;
   * `new-term`: another leadership, whose media begins at its first join point.
   */
  interrupted(reason: InterruptReason, term: number): void
  /** The leader's final message. The follower keeps listening for a higher term. */
  ended(reason: string, term: number): void
  /** The leader asks the process with this incarnation to take over. */
  offered?(to: string, term: number): void
  /**
   * A valid message of the present term arrived, ticks included: its leader is alive, and Redis
   * passes messages.
   *
   * @param isFlowing media reaches that leader; otherwise what follows is old
   */
  alive(term: number, isFlowing: boolean): void
}

export type InterruptReason = 'gap' | 'new-term' | 'resubscribed'

export type RelayFollower = {
  close(): Promise<void>
  /** Highest term seen; 0 before the first message. */
  readonly term: number
  readonly stats: FollowerStats
}

export type FollowerStats = {
  /** Messages with media that were handed on, and their bytes. */
  readonly delivered: number
  readonly bytes: number
  /** Messages requested again and received, the backlog included. */
  readonly repaired: number
  /** Times something stayed missing. */
  readonly gaps: number
  /** Messages of a lower term: dropped. */
  readonly stale: number
  /** Messages in a foreign format: dropped. */
  readonly foreign: number
}

/**
 * Why a message was dropped: unread by a follower (see {@link FollowerStats}), or `unsent` by its
 * publisher (see {@link PublisherStats}).
 */
export type DropReason = 'foreign' | 'stale' | 'unsent'

/** Limits that may be changed, and their defaults. */
export type RelayLimits = {
  /** A message is sent when it has this many bytes of packets. */
  readonly messageBytes: number
  /** Or when its first packets have waited this long. */
  readonly flushMs: number
  /** Followers receive something at least this often. */
  readonly tickMs: number
  /**
   * While no node follows, ticks only find a follower whose request was lost: each costs a command.
   */
  readonly restingTickMs: number
  /** Bytes that a publisher keeps for backlog and repair. */
  readonly windowBytes: number
  /**
   * How long a publisher keeps all of that after its last follower has left; then only from the
   * newest join point on.
   */
  readonly lingerMs: number
  /** What a publisher may have on its way to Redis. */
  readonly inFlightMessages: number
  readonly inFlightBytes: number
  /** Bytes that a follower holds back while it waits for missing messages. */
  readonly heldBytes: number
  /** And for how long. */
  readonly repairMs: number
  /** A follower that received nothing for this long subscribes again. */
  readonly silenceMs: number
}

export const DEFAULT_LIMITS: RelayLimits = {
  messageBytes: 64 * 1024,
  flushMs: 100,
  tickMs: 250,
  restingTickMs: 1_000,
  windowBytes: 4 * 1024 * 1024,
  lingerMs: 10_000,
  inFlightMessages: 16,
  inFlightBytes: 4 * 1024 * 1024,
  heldBytes: 4 * 1024 * 1024,
  repairMs: 500,
  silenceMs: 1000,
}
