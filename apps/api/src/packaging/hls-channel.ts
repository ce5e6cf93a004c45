import type { ErrorCode } from '@kptv/contract'
import type { PlayerLeases, SegmentLists } from '@kptv/coordination'
import { TICKS_PER_MS, TICKS_PER_SECOND } from '@kptv/mpegts'
import { type Clock, every } from '../cluster/clock.ts'
import type { EdgeEvents } from '../events/edge-events.ts'
import { ChannelFeed, type ChannelFeedOptions } from './channel-feed.ts'
import { FragmentLog, type SegmentBytes } from './fragment-log.ts'
import { HeardPriorities } from './heard-priorities.ts'
import type { HlsTiming } from './hls-timing.ts'
import { PlayerCount } from './player-count.ts'
import { addSegment, lastNumber, type SegmentList, type SegmentRecord } from './segment-list.ts'
import { SegmentPublisher } from './segment-publisher.ts'
import type { SegmentMemory, SegmentStore } from './segment-store.ts'

export type HlsChannelOptions = Pick<ChannelFeedOptions, 'openSession'> & {
  readonly channelId: string
  readonly timing: HlsTiming
  readonly lists: SegmentLists
  readonly players: PlayerLeases
  readonly events: Pick<EdgeEvents, 'emit'>
  /** This node leaves: it keeps segments only for players that still ask it for them. */
  readonly isDraining: () => boolean
  readonly memory: SegmentMemory
  readonly incarnation: () => string
  /** Gets a segment from another node; undefined: none has it. Never throws. */
  readonly fetchSegment: (channelId: string, record: SegmentRecord) => Promise<SegmentBytes | undefined>
  /** The list from the node that leads the channel, while Redis is away. Never throws. */
  readonly askLeader: (channelId: string) => Promise<string | undefined>
  /** Every node that plays the channel keeps its segments from now on. */
  readonly announce: (channelId: string) => void
  readonly clock: Clock
  /** Unix milliseconds. */
  readonly wallMs: () => number
  readonly onClosed: () => void
}

const TICK_MS = 1_000
/** A request for the first segment waits no longer. */
export const START_WAIT_MS = 25_000

/**
 * One channel that is watched by HLS, on one node. The leader cuts the segments and lists them in
 * Redis; every other node has the same bytes by relay, and fetches what it misses.
 */
export class HlsChannel {
  readonly #options: HlsChannelOptions
  readonly #feed: ChannelFeed
  readonly #log: FragmentLog
  readonly #store: SegmentStore
  readonly #publisher: SegmentPublisher
  readonly #players: PlayerCount
  readonly #priorities: HeardPriorities
  readonly #stopTicking: () => void
  readonly #fetching = new Map<number, Promise<SegmentBytes | undefined>>()
  readonly #waiting = new Set<(answer: SegmentList | ErrorCode) => void>()
  #wantedUntilMs = 0
  #isClosed = false

  constructor(options: HlsChannelOptions) {
    const { openSession, memory, clock } = options
    this.#options = options
    this.#store = memory.open()
    this.#log = new FragmentLog(memory.shareBytes)
    this.#publisher = new SegmentPublisher({ ...options, onList: (list, known) => this.#adopt(list, known) })
    this.#players = new PlayerCount(options)
    this.#priorities = new HeardPriorities(options.timing.leaseMs, clock.monotonicMs)
    this.#feed = new ChannelFeed({
      openSession,
      priority: () => this.#priorities.highest,
      onFragment: (fragment) => {
        this.#log.push(fragment)
        this.#advance()
      },
      onRefused: (code) => this.#answer(code),
    })
    this.#stopTicking = every(clock, TICK_MS, () => void this.#tick())
    this.#want()
  }

  /** Some node has players of the channel: it is kept for a while, unless this node leaves. */
  wanted(): void {
    if (!this.#options.isDraining()) this.#want()
  }

  #want(): void {
    const { clock, timing } = this.#options
    this.#wantedUntilMs = clock.monotonicMs() + timing.leaseMs
    this.#feed.start()
  }

  /**
   * @param player whose request it was; undefined: it is not a player yet
   * @param priority of its user
   */
  heard(player: string | undefined, priority: number): void {
    this.#priorities.heard(priority)
    this.#want()
    if (player !== undefined) this.#players.heard(player)
  }

  /**
   * The newest list. A node that does not lead reads it anew for each request, so that what players
   * see on different nodes never goes back.
   */
  async list(): Promise<SegmentList | ErrorCode> {
    if (!this.#publisher.isLeading(this.#feed.term)) await this.#publisher.read()
    return this.#publisher.list ?? (await this.#firstList())
  }

  /** A player got so much of it. */
  sent(bytes: number): void {
    this.#players.sent(bytes)
  }

  /** @returns undefined if there is no such segment (any more) */
  async segment(number: number): Promise<SegmentBytes | undefined> {
    const held = this.#store.get(number)
    if (held !== undefined) return held
    if (this.#record(number) === undefined) await this.#publisher.read()
    const record = this.#record(number)
    return record && this.#fetch(record)
  }

  /** For other nodes. */
  held(number: number): SegmentBytes | undefined {
    return this.#store.get(number)
  }

  /** For other nodes while Redis is away; undefined if this node does not lead. */
  get ledList(): SegmentList | undefined {
    return this.#publisher.isLeading(this.#feed.term) ? this.#publisher.list : undefined
  }

  close(): void {
    this.#isClosed = true
    this.#stopTicking()
    const isLast = this.#publisher.isLeading(this.#feed.term)
    this.#feed.stop()
    this.#store.close()
    this.#log.clear()
    this.#answer('draining')
    if (isLast) this.#publisher.remove()
    this.#options.onClosed()
  }

  #record(number: number): SegmentRecord | undefined {
    return this.#publisher.list?.segments.find((segment) => segment.number === number)
  }

  #firstList(): Promise<SegmentList | ErrorCode> {
    return new Promise((resolve) => {
      const answer = (list: SegmentList | ErrorCode): void => {
        cancel()
        this.#waiting.delete(answer)
        resolve(list)
      }
      const cancel = this.#options.clock.after(START_WAIT_MS, () => answer('streams-failing'))
      this.#waiting.add(answer)
      // It may have been refused before anybody waited.
      if (this.#isClosed) answer('draining')
      else this.#feed.start()
    })
  }

  #answer(answer: SegmentList | ErrorCode): void {
    for (const give of this.#waiting) give(answer)
  }

  /** Cuts what can be cut, if this node leads. */
  #advance(): void {
    const { term } = this.#feed
    if (term === 0) return
    if (!this.#publisher.isLeading(term))
      return void this.#publisher.claim(term).then((isClaimed) => isClaimed && this.#advance())
    for (let list = this.#publisher.newest; ; list = this.#publisher.newest) {
      const cut = this.#log.cut(list?.segments.at(-1), this.#rule(list))
      if (cut === undefined) return
      const added = addSegment(list, cut.segment, {
        number: this.#publisher.firstNumber,
        targetSeconds: this.#targetSeconds(cut.segment.durationTicks),
        atMs: this.#options.wallMs() - cut.segment.durationTicks / TICKS_PER_MS,
      })
      this.#store.put(lastNumber(added), cut.parts)
      this.#publisher.publish(added)
    }
  }

  #rule(list: SegmentList | undefined) {
    const { segmentMs } = this.#options.timing
    // The first ones are short: a player can start.
    const isStarting = (list?.segments.length ?? 0) < 2
    const maxTicks = list === undefined ? FIRST_MAX_TICKS : (list.targetSeconds + 0.49) * TICKS_PER_SECOND
    return { targetTicks: (isStarting ? segmentMs / 2 : segmentMs) * TICKS_PER_MS, maxTicks }
  }

  /** Half as long again as wanted; longer, if the first group of pictures is. */
  #targetSeconds(firstTicks: number): number {
    const { segmentMs } = this.#options.timing
    return Math.max(Math.ceil((segmentMs * 1.5) / 1_000), Math.round(firstTicks / TICKS_PER_SECOND))
  }

  /** @param known number of the last segment before */
  #adopt(list: SegmentList, known: number): void {
    const news = this.#publisher.isLeading(this.#feed.term) ? [] : list.segments.filter(({ number }) => number > known)
    for (const record of news) {
      // Cut by this node when another one already led.
      this.#store.dropFrom(record.number)
      const parts = this.#log.take(record)
      if (parts !== undefined) this.#store.put(record.number, parts)
      // Two nodes have each segment, so none is lost with its leader.
      else if (known > 0) void this.#fetch(record)
    }
    this.#store.dropBefore(list.segments[0]!.number)
    this.#answer(list)
  }

  #fetch(record: SegmentRecord): Promise<SegmentBytes | undefined> {
    const { channelId, fetchSegment } = this.#options
    const { number } = record
    const running = this.#fetching.get(number)
    if (running !== undefined) return running
    const fetching = fetchSegment(channelId, record).then((parts) => {
      this.#fetching.delete(number)
      if (parts !== undefined) this.#store.put(number, parts)
      return parts
    })
    this.#fetching.set(number, fetching)
    return fetching
  }

  async #tick(): Promise<void> {
    const { clock, announce, channelId } = this.#options
    if (clock.monotonicMs() > this.#wantedUntilMs) return this.close()
    if (this.#players.hasSome) announce(channelId)
    this.#feed.start()
    this.#advance()
    if (this.#publisher.isLeading(this.#feed.term)) this.#publisher.repeat()
    else await this.#publisher.read()
    await this.#players.renew()
    this.#feed.setPlayers(this.#players.own, this.#priorities.highest)
  }
}

/** The first group of pictures may be as long as this. */
const FIRST_MAX_TICKS = 10.49 * TICKS_PER_SECOND
