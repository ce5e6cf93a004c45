import type { ErrorCode } from '@kptv/contract'
import type { EdgeEvents } from '../../events/edge-events.ts'
import type { Fmp4Format, SegmentSeries } from '../../http/segment-format.ts'
import type { HlsTiming } from '../hls-timing.ts'
import { ListedSegments, type ListedSegmentsOptions } from '../listed-segments.ts'
import { lastNumber, type SegmentList } from '../segment-list.ts'
import { addMade } from './add-made.ts'
import type { Fmp4Maker } from './fmp4-maker.ts'
import type { MadeSegment } from './fmp4-output.ts'
import type { Fmp4SeriesOptions } from './fmp4-series.ts'

type Fmp4SegmentsOptions = Omit<ListedSegmentsOptions, 'take'> & {
  readonly format: Fmp4Format
  readonly timing: HlsTiming
  readonly events: Pick<EdgeEvents, 'emit'>
  /** The same segments as MPEG-TS. */
  readonly source: ListedSegments
  /** Makes all formats of the channel; undefined: this node has no ffmpeg. */
  readonly maker: Fmp4Maker | undefined
  /** Some node has players of them. */
  readonly announce: (series: SegmentSeries) => void
  readonly onClosed: () => void
}

/**
 * The segments of a channel as fragmented MP4, on one node. The node that leads the channel makes
 * them; the others fetch them, as they fetch what they miss of MPEG-TS.
 */
export class Fmp4Segments {
  readonly #options: Fmp4SegmentsOptions
  readonly #listed: ListedSegments
  readonly #series: Fmp4SeriesOptions
  #heardUntilMs = 0
  #wantedUntilMs = 0
  #isTakingOver = false
  #isClosed = false

  constructor(options: Fmp4SegmentsOptions) {
    this.#options = options
    this.#listed = new ListedSegments({ ...options, take: () => undefined })
    const { channelId, format, events } = options
    this.#series = {
      lastMade: () => this.#listed.publisher.newest?.segments.at(-1),
      onMade: (made) => this.#add(made),
      onFailed: () => events.emit({ type: 'conversion-failed', channelId, format }),
    }
  }

  get listed(): ListedSegments {
    return this.#listed
  }

  get isAwaited(): boolean {
    return this.#listed.isAwaited
  }

  /** A player of this node has sent a request. */
  heard(): void {
    this.#heardUntilMs = this.#leaseEndMs()
    this.wanted()
  }

  /** Some node has players of it. */
  wanted(): void {
    this.#wantedUntilMs = this.#leaseEndMs()
    this.advance()
  }

  async list(): Promise<SegmentList | ErrorCode> {
    const list = await this.#listed.list()
    if (list !== undefined) return list
    const first = this.#listed.firstList('conversion-failing')
    this.advance()
    return first
  }

  /** Makes what can be made, if this node leads the channel. */
  advance(): void {
    const { source, term, maker, format } = this.#options
    if (maker === undefined || this.#isClosed) return
    if (!source.isLeading) return maker.remove(format)
    if (this.#isTakingOver) return
    if (!this.#listed.isLeading) return void this.#takeOver(term())
    maker.add(format, this.#series)
    maker.advance()
  }

  /** What was listed and is lost with the former leader is made again. */
  async #takeOver(term: number): Promise<void> {
    this.#isTakingOver = true
    const isClaimed = await this.#listed.publisher.claim(term)
    if (isClaimed) await this.#listed.forgetLost()
    this.#isTakingOver = false
    if (isClaimed) this.advance()
  }

  /** Once a second. */
  async refresh(): Promise<void> {
    const { clock, announce, channelId, format } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs > this.#wantedUntilMs && !this.#listed.isAwaited) return this.close()
    const isEnded = this.#listed.publisher.list?.endedAtMs !== undefined
    if (nowMs <= this.#heardUntilMs && !isEnded) announce({ channelId, format })
    this.advance()
    await this.#listed.refresh()
  }

  /** Nothing follows. */
  end(): void {
    this.#options.maker?.remove(this.#options.format)
    this.#listed.publisher.end()
  }

  close(): void {
    this.#isClosed = true
    this.#options.maker?.remove(this.#options.format)
    this.#listed.close(this.#listed.isLeading)
    this.#options.onClosed()
  }

  #leaseEndMs(): number {
    const { clock, timing } = this.#options
    return clock.monotonicMs() + timing.leaseMs
  }

  #add(made: MadeSegment): void {
    const { source, format } = this.#options
    const { publisher, store } = this.#listed
    const newest = source.publisher.newest
    if (newest === undefined) return
    const { list, parts } = addMade(publisher.newest, made, { source: newest, format })
    store.put(lastNumber(list), parts)
    publisher.publish(list)
  }
}
