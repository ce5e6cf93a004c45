import { type Clock, every } from '@kptv/clock'
import type { ErrorCode } from '@kptv/contract'
import type { PlayerLeases, SegmentLists } from '@kptv/coordination'
import type { EndReason } from '@kptv/failover'
import { TICKS_PER_MS, TICKS_PER_SECOND } from '@kptv/mpegts'
import type { EdgeEvents } from '../events/edge-events.ts'
import type { Fmp4Format, SegmentFormat, SegmentSeries } from '../http/segment-format.ts'
import type { ViewerClient } from '../media/viewer.ts'
import { ChannelFeed, type ChannelFeedOptions } from './channel-feed.ts'
import { Fmp4Maker, type StartFfmpeg } from './fmp4/fmp4-maker.ts'
import { Fmp4Segments } from './fmp4/fmp4-segments.ts'
import { FragmentLog, type SegmentBytes } from './fragment-log.ts'
import { HeardPriorities } from './heard-priorities.ts'
import type { HlsTiming } from './hls-timing.ts'
import { ListedSegments } from './listed-segments.ts'
import { type HeardPlayer, PlayerCount } from './player-count.ts'
import { addSegment, lastNumber, type SegmentList, type SegmentRecord } from './segment-list.ts'
import type { SegmentMemory } from './segment-store.ts'

export type HlsChannelOptions = Pick<ChannelFeedOptions, 'openSession'> & {
  readonly channelId: string
  readonly timing: HlsTiming
  readonly lists: Readonly<Record<SegmentFormat, SegmentLists>>
  readonly players: PlayerLeases
  readonly events: Pick<EdgeEvents, 'emit'>
  /** This node leaves: it keeps segments only for players that still ask it for them. */
  readonly isDraining: () => boolean
  readonly memory: SegmentMemory
  readonly incarnation: () => string
  /** Gets a segment from another node; undefined: none has it. Never throws. */
  readonly fetchSegment: (series: SegmentSeries, record: SegmentRecord) => Promise<SegmentBytes | undefined>
  /** The list from the node that leads the channel, while Redis is away. Never throws. */
  readonly askLeader: (series: SegmentSeries) => Promise<string | undefined>
  /** Every node that plays the channel keeps its segments from now on. */
  readonly announce: (series: SegmentSeries) => void
  /** For fragmented MP4; undefined: this node has no ffmpeg. */
  readonly startFfmpeg: StartFfmpeg | undefined
  readonly clock: Clock
  /** Unix milliseconds. */
  readonly wallMs: () => number
  readonly onClosed: () => void
}

/** A request of a player. */
type PlayerHeard = {
  /** Undefined: it is not a player yet. */
  readonly player: string | undefined
  readonly format: SegmentFormat
  readonly client: ViewerClient
}

const TICK_MS = 1_000

/**
 * One channel that is watched by HLS, on one node. The leader cuts the segments and lists them in
 * Redis; every other node has the same bytes by relay, and fetches what it misses.
 */
export class HlsChannel {
  readonly #options: HlsChannelOptions
  readonly #feed: ChannelFeed
  readonly #log: FragmentLog
  readonly #ts: ListedSegments
  readonly #fmp4 = new Map<Fmp4Format, Fmp4Segments>()
  readonly #maker: Fmp4Maker | undefined
  readonly #players: PlayerCount
  readonly #priorities: HeardPriorities
  readonly #stopTicking: () => void
  #wantedUntilMs = 0
  #isClosed = false

  constructor(options: HlsChannelOptions) {
    const { openSession, memory, clock, startFfmpeg } = options
    this.#options = options
    this.#ts = new ListedSegments({
      ...this.#partsOf('ts'),
      take: (record) => this.#log.take(record),
      onList: () => (this.isEnded ? this.#stopPlaying() : this.#advanceFmp4()),
    })
    this.#log = new FragmentLog(memory.shareBytes)
    this.#maker =
      startFfmpeg &&
      new Fmp4Maker({
        startFfmpeg,
        clock,
        source: () => this.#ts.publisher.newest,
        bytesOf: (number) => this.#ts.store.get(number),
        bytesAfter: (last) => this.#log.following(last),
      })
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
      onEnded: (reason) => this.#feedEnded(reason),
    })
    this.#stopTicking = every(clock, TICK_MS, () => void this.#tick())
    this.#want()
  }

  /** It was stopped, or has given its connection to others: its list has an end. */
  get isEnded(): boolean {
    return this.#ts.publisher.list?.endedAtMs !== undefined
  }

  /** An order ends it, even if its session is still being opened. */
  stop(): void {
    this.#feedEnded('stopped')
  }

  /** Somebody opens the channel; one that has ended restarts. */
  restart(): void {
    if (!this.isEnded) return
    for (const { publisher } of this.#listed()) publisher.restart()
    this.#want()
  }

  /** Some node has players of the channel: it is kept for a while, unless this node leaves. */
  wanted(format: SegmentFormat): void {
    if (this.#options.isDraining() || this.isEnded) return
    this.#want()
    if (format !== 'ts') this.#open(format).wanted()
  }

  #want(): void {
    const { clock, timing } = this.#options
    this.#wantedUntilMs = clock.monotonicMs() + timing.leaseMs
    this.#feed.start()
  }

  heard({ player, format, client }: PlayerHeard): void {
    if (this.isEnded) return
    this.#priorities.heard(client.priority)
    this.#want()
    if (player !== undefined) this.#players.heard(player, client)
    if (format !== 'ts') this.#open(format).heard()
  }

  /**
   * The newest list. A node that does not lead rereads it for each request, so that what players
   * see on different nodes never goes back.
   */
  async list(format: SegmentFormat): Promise<SegmentList | ErrorCode> {
    const list = (await this.#ts.list()) ?? (await this.#firstList())
    return format === 'ts' || typeof list === 'string' ? list : this.#open(format).list()
  }

  /** A player got so much of it. */
  sent(player: string, bytes: number): void {
    this.#players.sent(player, bytes)
  }

  get players(): readonly HeardPlayer[] {
    return this.#players.heardOf
  }

  /** @returns undefined if there is no such segment (any more) */
  async segment(number: number, format: SegmentFormat): Promise<SegmentBytes | undefined> {
    return (format === 'ts' ? this.#ts : this.#open(format).listed).segment(number)
  }

  /** As far as this node knows it, without a question to others. */
  known(format: SegmentFormat): ListedSegments | undefined {
    return format === 'ts' ? this.#ts : this.#fmp4.get(format)?.listed
  }

  close(): void {
    this.#isClosed = true
    this.#stopTicking()
    const isLast = this.#ts.isLeading
    for (const segments of this.#fmp4.values()) segments.close()
    this.#feed.stop()
    this.#ts.close(isLast)
    this.#log.clear()
    this.#options.onClosed()
  }

  #partsOf(format: SegmentFormat) {
    const { channelId, lists, fetchSegment, askLeader } = this.#options
    const series = { channelId, format }
    return {
      ...this.#options,
      lists: lists[format],
      term: () => this.#feed.term,
      handedOn: () => this.#feed.handedOn(),
      fetchSegment: (record: SegmentRecord) => fetchSegment(series, record),
      askLeader: () => askLeader(series),
    }
  }

  #open(format: Fmp4Format): Fmp4Segments {
    const found = this.#fmp4.get(format)
    if (found !== undefined) return found
    const onClosed = (): void => void this.#fmp4.delete(format)
    const ofFormat = { format, source: this.#ts, maker: this.#maker, onClosed }
    const segments = new Fmp4Segments({ ...this.#partsOf(format), ...ofFormat })
    this.#fmp4.set(format, segments)
    return segments
  }

  #firstList(): Promise<SegmentList | ErrorCode> {
    const first = this.#ts.firstList('streams-failing')
    // It may have been refused before anybody waited.
    if (this.#isClosed) this.#answer('draining')
    else this.#feed.start()
    return first
  }

  #listed(): readonly ListedSegments[] {
    return [this.#ts, ...[...this.#fmp4.values()].map(({ listed }) => listed)]
  }

  #answer(answer: ErrorCode): void {
    for (const listed of this.#listed()) listed.answer(answer)
  }

  /** By an order or for others it is over; anything else may pass, and is tried again. */
  #feedEnded(reason: EndReason): void {
    const isOver = reason === 'outranked' || (reason === 'stopped' && !this.#options.isDraining())
    if (!isOver) return
    this.#ts.publisher.end()
    if (this.isEnded) return
    this.#answer(reason === 'outranked' ? reason : 'draining')
    this.close()
  }

  /** Players still get what they have not loaded yet. */
  #stopPlaying(): void {
    const { clock, timing } = this.#options
    this.#wantedUntilMs = clock.monotonicMs() + timing.leaseMs
    this.#feed.abandon()
    this.#log.clear()
    for (const segments of this.#fmp4.values()) segments.end()
  }

  /** Cuts what can be cut, if this node leads. */
  #advance(): void {
    const { term } = this.#feed
    if (term === 0) return
    const { publisher, store } = this.#ts
    if (!publisher.isLeading(term)) return void publisher.claim(term).then((isClaimed) => isClaimed && this.#advance())
    for (let list = publisher.newest; ; list = publisher.newest) {
      const cut = this.#log.cut(list?.segments.at(-1), this.#rule(list))
      if (cut === undefined) return this.#advanceFmp4()
      const added = addSegment(list, cut.segment, {
        number: publisher.firstNumber,
        targetSeconds: this.#targetSeconds(cut.segment.durationTicks),
        atMs: this.#options.wallMs() - cut.segment.durationTicks / TICKS_PER_MS,
      })
      store.put(lastNumber(added), cut.parts)
      publisher.publish(added)
    }
  }

  #advanceFmp4(): void {
    for (const segments of this.#fmp4.values()) segments.advance()
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

  async #tick(): Promise<void> {
    const { clock, announce, channelId } = this.#options
    const isAwaited = [this.#ts, ...this.#fmp4.values()].some((segments) => segments.isAwaited)
    if (clock.monotonicMs() > this.#wantedUntilMs && !isAwaited) return this.close()
    if (!this.isEnded) {
      if (this.#players.hasSome) announce({ channelId, format: 'ts' })
      this.#feed.start()
      this.#advance()
    }
    this.#maker?.tick()
    await Promise.all([this.#ts, ...this.#fmp4.values()].map((segments) => segments.refresh()))
    await this.#players.renew()
    this.#feed.setPlayers(this.#players.own, this.#priorities.highest)
  }
}

/** The first group of pictures may be as long as this. */
const FIRST_MAX_TICKS = 10.49 * TICKS_PER_SECOND
