import type { ErrorCode } from '@kptv/contract'
import type { FfmpegProcess } from '@kptv/upstream'
import type { EdgeEvents } from '../../events/edge-events.ts'
import type { Fmp4Format, SegmentSeries } from '../../http/segment-format.ts'
import type { HlsTiming } from '../hls-timing.ts'
import { ListedSegments, type ListedSegmentsOptions } from '../listed-segments.ts'
import { lastNumber, type SegmentList } from '../segment-list.ts'
import { addMade } from './add-made.ts'
import { Fmp4Maker } from './fmp4-maker.ts'
import type { MadeSegment } from './fmp4-run.ts'

export type StartFfmpeg = (parameters: readonly string[]) => FfmpegProcess

export type Fmp4SegmentsOptions = Omit<ListedSegmentsOptions, 'take'> & {
  readonly format: Fmp4Format
  readonly timing: HlsTiming
  readonly events: Pick<EdgeEvents, 'emit'>
  /** The same segments as MPEG-TS. */
  readonly source: ListedSegments
  /** Undefined: this node has no ffmpeg. */
  readonly startFfmpeg: StartFfmpeg | undefined
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
  readonly #maker: Fmp4Maker | undefined
  #heardUntilMs = 0
  #wantedUntilMs = 0
  #isClosed = false

  constructor(options: Fmp4SegmentsOptions) {
    const { channelId, format, source, startFfmpeg, events, clock } = options
    this.#options = options
    this.#listed = new ListedSegments({ ...options, take: () => undefined })
    this.#maker =
      startFfmpeg &&
      new Fmp4Maker({
        format,
        startFfmpeg,
        clock,
        source: () => source.publisher.newest,
        bytesOf: (number) => source.store.get(number),
        lastMade: () => this.#listed.publisher.newest?.segments.at(-1),
        onMade: (made) => this.#add(made),
        onFailed: () => events.emit({ type: 'conversion-failed', channelId, format }),
      })
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
    const { source, term } = this.#options
    if (this.#maker === undefined || this.#isClosed) return
    if (!source.isLeading) return this.#maker.stop()
    if (this.#listed.isLeading) return this.#maker.advance()
    void this.#listed.publisher.claim(term()).then((isClaimed) => isClaimed && this.advance())
  }

  /** Once a second. */
  async refresh(): Promise<void> {
    const { clock, announce, channelId, format } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs > this.#wantedUntilMs && !this.#listed.isAwaited) return this.close()
    const isEnded = this.#listed.publisher.list?.endedAtMs !== undefined
    if (nowMs <= this.#heardUntilMs && !isEnded) announce({ channelId, format })
    this.advance()
    if (this.#listed.isLeading) this.#maker?.tick()
    await this.#listed.refresh()
  }

  /** Nothing follows. */
  end(): void {
    this.#maker?.stop()
    this.#listed.publisher.end()
  }

  close(): void {
    this.#isClosed = true
    this.#maker?.stop()
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
