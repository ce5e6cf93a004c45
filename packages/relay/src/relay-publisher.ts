import type { Clock } from '@kptv/clock'
import { PACKET_BYTES } from '@kptv/mpegts'
import type { RedisKeys } from '@kptv/redis'
import { answerRequest } from './answer-request.ts'
import { encodeEnd, encodeMediaHead, encodeOffer, encodeTick, isSameOrigin } from './message-format.ts'
import type { Lease, MessageMemory } from './message-memory.ts'
import type {
  Counters,
  MediaOrigin,
  PublishedMedia,
  PublisherStats,
  PublishOptions,
  RelayLimits,
  RelayPublisher,
} from './relay.ts'
import type { RelaySubscription, RelayTransport } from './relay-transport.ts'
import { RelayWindow } from './relay-window.ts'
import { decodeRequest, type RelayRequest } from './request-format.ts'

/** Followers that are answered at once; the others repeat their requests. */
const ANSWERED_AT_ONCE = 16

type PublisherOptions = {
  readonly transport: RelayTransport
  readonly keys: RedisKeys
  readonly clock: Clock
  readonly limits: RelayLimits
  /** For its messages alone. */
  readonly memory: MessageMemory
  readonly channelId: string
  readonly term: number
  /** Followers that have an earlier sequence of this term see a gap before this one. */
  readonly firstSequence: number
  /** Checked before each message. */
  mayPublish(): boolean
  /** Told with each message. */
  isFlowing(): boolean
  readonly backlog?: PublishOptions['backlog']
  readonly onDropped: (reason: 'unsent') => void
  /** Called once, with the last sequence that was used. */
  onClosed(lastSequence: number): void
}

/** The leader's side over any transport; see {@link RelayPublisher}. */
export class Publisher implements RelayPublisher {
  readonly stats: Counters<PublisherStats> = { published: 0, bytes: 0, dropped: 0, repairs: 0 }
  readonly #options: PublisherOptions
  readonly #window: RelayWindow
  readonly #requests: RelaySubscription
  /** Where all followers listen. */
  readonly #name: string
  readonly #messageBytes: number
  readonly #answering = new Set<string>()
  #state: 'open' | 'ended' | 'closed' = 'open'
  #followers = 0
  /** Whether Redis has reported its number of followers. */
  #isAnswered = false
  /** When there was last a follower. */
  #followedAtMs = Number.NEGATIVE_INFINITY
  #isResting = false
  #isWaking = false
  /** The message that is being filled. */
  readonly #pending: Buffer
  #pendingBytes = 0
  #pendingState: unknown
  #pendingJoinPoints: number[] = []
  #origin: MediaOrigin | undefined
  #sequence: number
  #inFlight = { messages: 0, bytes: 0 }
  #cancelFlush: (() => void) | undefined
  #cancelTick: (() => void) | undefined
  #end: Buffer | undefined
  /** The last message with media: Redis takes them in order. */
  #sent: Promise<void> = Promise.resolve()

  constructor(options: PublisherOptions) {
    const { transport, keys, limits, channelId } = options
    this.#options = options
    this.#sequence = options.firstSequence - 1
    this.#window = new RelayWindow(limits.windowBytes)
    this.#messageBytes = Math.max(1, Math.floor(limits.messageBytes / PACKET_BYTES)) * PACKET_BYTES
    this.#pending = Buffer.allocUnsafeSlow(this.#messageBytes)
    this.#name = keys.channelMedia(channelId)
    this.#requests = transport.subscribe(
      { channelId, name: keys.channelRequests(channelId) },
      { message: (bytes) => this.#onRequest(decodeRequest(bytes)), subscribed: () => {} },
    )
    // Learns at once how many nodes follow, and shows them that there is a new leader.
    this.#tick()
  }

  get followers(): number {
    return this.#followers
  }

  get isResting(): boolean {
    return this.#isResting
  }

  append({ packets, joinPoints, origin, state }: PublishedMedia): void {
    if (this.#state !== 'open' || this.#isResting) return
    if (packets.length % PACKET_BYTES !== 0)
      throw new RangeError(`${packets.length} bytes are not a whole number of packets`)
    if (joinPoints.some((at) => at % PACKET_BYTES !== 0 || at < 0 || at >= packets.length)) {
      throw new RangeError('a join point must be on a packet')
    }
    // A message has one origin, and ends where a piece ends, if a piece fits.
    if (!isSameOrigin(origin, this.#origin) || this.#pendingBytes + packets.length > this.#messageBytes) this.#flush()
    this.#origin = origin
    for (let at = 0; at < packets.length; ) {
      const end = Math.min(packets.length, at + this.#messageBytes - this.#pendingBytes)
      for (const joinPoint of joinPoints) {
        if (joinPoint >= at && joinPoint < end) this.#pendingJoinPoints.push(joinPoint - at + this.#pendingBytes)
      }
      packets.copy(this.#pending, this.#pendingBytes, at, end)
      this.#pendingBytes += end - at
      this.#pendingState = end === packets.length ? state : undefined
      at = end
      if (this.#pendingBytes >= this.#messageBytes) this.#flush()
    }
    if (this.#pendingBytes === 0) return
    this.#cancelFlush ??= this.#options.clock.after(this.#options.limits.flushMs, () => this.#flush())
  }

  flush(): Promise<void> {
    if (this.#state === 'open') this.#flush()
    return this.#sent
  }

  async offer(to: string): Promise<void> {
    if (this.#state !== 'open') return
    await this.#publish(encodeOffer({ term: this.#options.term, sequence: this.#sequence, to }))
  }

  async end(reason: string): Promise<void> {
    if (this.#state !== 'open') return
    const { term } = this.#options
    // Checked before anything is changed; the sequence is only known after the flush.
    encodeEnd({ term, sequence: this.#sequence, reason })
    this.#flush()
    this.#state = 'ended'
    this.#end = encodeEnd({ term, sequence: this.#sequence, reason })
    this.#cancelTick?.()
    await this.#publish(this.#end)
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cancelFlush?.()
    this.#cancelTick?.()
    this.#pendingBytes = 0
    this.#window.clear()
    this.#options.onClosed(this.#sequence)
    await this.#requests.close()
  }

  #flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    if (this.#pendingBytes === 0) return
    const { term, isFlowing, memory } = this.#options
    const sequence = ++this.#sequence
    const joinPoints = this.#pendingJoinPoints
    const origin = this.#origin
    const state = this.#pendingState
    const packets = this.#pending.subarray(0, this.#pendingBytes)
    const about = { kind: 'media', term, sequence, isFlowing: isFlowing(), isStart: false } as const
    const head = encodeMediaHead({ ...about, joinPoints, origin, state }, packets.length)
    const lease = memory.take(head.length + packets.length)
    packets.copy(lease.bytes, head.copy(lease.bytes))
    this.#window.push({ sequence, joinPoints, origin, state, packets: lease.bytes.subarray(head.length), lease })
    this.#pendingBytes = 0
    this.#pendingJoinPoints = []
    this.#send(lease)
  }

  #send(lease: Lease): void {
    const mustSend = !this.#isWaking && (this.#followers > 0 || !this.#isAnswered)
    if (mustSend && this.#hasRoom(lease.bytes.length)) {
      this.#sent = this.#publishMedia(lease)
      return
    }
    lease.release()
    if (mustSend) this.#drop()
    else if (!this.#isWaking) this.#shrinkWindow()
  }

  /**
   * A follower that was only cut off returns for the messages that it missed; later a start for new
   * followers is enough.
   */
  #shrinkWindow(): void {
    const { clock, limits, backlog } = this.#options
    if (clock.monotonicMs() - this.#followedAtMs < limits.lingerMs) return
    if (backlog === undefined) return this.#window.keepFromNewestJoinPoint()
    // Skips one number, so that a returning follower sees that something is missing.
    this.#sequence += 1
    this.#window.clear()
    this.#isResting = true
  }

  /**
   * A node follows: the packets that it starts with have not been sent to any node, and are
   * available on request.
   */
  #wake(): void {
    if (!this.#isResting) return
    this.#isResting = false
    this.#isWaking = true
    for (const media of this.#options.backlog?.() ?? []) this.append(media)
    this.#flush()
    this.#isWaking = false
    this.#armTick()
  }

  async #publishMedia({ bytes, release }: Lease): Promise<void> {
    if (await this.#publish(bytes)) {
      this.stats.published++
      this.stats.bytes += bytes.length
      release()
    } else {
      // Not released: a client that sends it again later may still hold it.
      this.#drop()
    }
  }

  #drop(): void {
    this.stats.dropped++
    this.#options.onDropped('unsent')
  }

  #tick(): void {
    const { term, isFlowing } = this.#options
    if (!this.#hasRoom(0)) return this.#armTick()
    void this.#publish(encodeTick({ term, sequence: this.#sequence, isFlowing: isFlowing() }))
  }

  #armTick(): void {
    this.#cancelTick?.()
    if (this.#state !== 'open') return
    const { clock, limits } = this.#options
    this.#cancelTick = clock.after(this.#isResting ? limits.restingTickMs : limits.tickMs, () => this.#tick())
  }

  #hasRoom(bytes: number): boolean {
    const { inFlightMessages, inFlightBytes } = this.#options.limits
    return this.#inFlight.messages < inFlightMessages && this.#inFlight.bytes + bytes <= inFlightBytes
  }

  /**
   * To all followers. Never rejects; false when it is unknown whether the message was delivered.
   */
  async #publish(message: Buffer): Promise<boolean> {
    const { transport, mayPublish } = this.#options
    this.#armTick()
    if (!mayPublish()) return false
    this.#inFlight.messages++
    this.#inFlight.bytes += message.length
    try {
      const followers = await transport.publish(this.#name, message)
      this.#followers = followers
      this.#isAnswered = true
      if (followers > 0) this.#followedAtMs = this.#options.clock.monotonicMs()
      if (followers > 0) this.#wake()
      return true
    } catch {
      return false
    } finally {
      this.#inFlight.messages--
      this.#inFlight.bytes -= message.length
    }
  }

  #onRequest(request: RelayRequest | undefined): void {
    if (request === undefined || this.#state === 'closed') return
    if (request.term !== 0 && request.term !== this.#options.term) return
    // Media is sent from now on; the next answer of Redis corrects the number.
    this.#followers = Math.max(1, this.#followers)
    this.#followedAtMs = this.#options.clock.monotonicMs()
    this.#wake()
    if (this.#answering.has(request.incarnation) || this.#answering.size >= ANSWERED_AT_ONCE) return
    this.#answering.add(request.incarnation)
    this.#flush()
    void this.#answer(request).finally(() => this.#answering.delete(request.incarnation))
  }

  async #answer(request: RelayRequest): Promise<void> {
    const { transport, keys, channelId, term, mayPublish, isFlowing } = this.#options
    const name = keys.channelAnswers(channelId, request.incarnation)
    const send = async (message: Buffer) => {
      if (mayPublish()) await transport.publish(name, message).catch(() => 0)
    }
    const isClosed = () => this.#state === 'closed'
    const source = { term, window: this.#window, latest: () => this.#sequence, isFlowing, isClosed, send }
    const sent = await answerRequest(request, source)
    this.stats.repairs += sent
    if (this.#end !== undefined && !isClosed()) await send(this.#end)
  }
}
