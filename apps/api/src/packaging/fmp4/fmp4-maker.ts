import type { Clock } from '@kptv/clock'
import type { FfmpegProcess } from '@kptv/upstream'
import { FMP4_FORMATS, type Fmp4Format } from '../../http/segment-format.ts'
import type { SegmentBytes } from '../fragment-log.ts'
import { lastNumber, offeredSegments, type SegmentList, type SegmentRecord } from '../segment-list.ts'
import { fmp4Parameters } from './ffmpeg-parameters.ts'
import { Fmp4Run, isSameMedia } from './fmp4-run.ts'
import { Fmp4Series, type Fmp4SeriesOptions } from './fmp4-series.ts'

/** Starts ffmpeg with so many outputs. */
export type StartFfmpeg = (parameters: readonly string[], outputs: number) => FfmpegProcess

type Fmp4MakerOptions = {
  readonly startFfmpeg: StartFfmpeg
  /** The segments of the channel as MPEG-TS. */
  readonly source: () => SegmentList | undefined
  readonly bytesOf: (number: number) => SegmentBytes | undefined
  /** What is there of the segment after this one. */
  readonly bytesAfter: (last: SegmentRecord) => SegmentBytes
  readonly clock: Clock
}

/** With as much input as it needs, it answers within milliseconds. */
const STALL_MS = 10_000

/**
 * Makes fragmented MP4 of a channel's segments, each with the number that it has as MPEG-TS. One
 * ffmpeg makes all formats that are wanted, as long as segments continue each other. The next one
 * gets the last segment again, so that no audio is lost between them.
 */
export class Fmp4Maker {
  readonly #options: Fmp4MakerOptions
  readonly #series = new Map<Fmp4Format, Fmp4Series>()
  #run: Fmp4Run | undefined

  constructor(options: Fmp4MakerOptions) {
    this.#options = options
  }

  /** Makes a format from now on. */
  add(format: Fmp4Format, options: Fmp4SeriesOptions): void {
    if (!this.#series.has(format)) this.#series.set(format, new Fmp4Series(options))
  }

  /** Nobody needs the format any more, or this node must not make it. */
  remove(format: Fmp4Format): void {
    if (this.#series.delete(format)) this.advance()
  }

  /** Takes what was made, and gives what is new. */
  advance(): void {
    for (;;) {
      this.#collect()
      const formats = this.#formats()
      if (this.#run !== undefined && !isSame(this.#run.formats, formats)) this.#drop()
      if (formats.length === 0) return
      const run = this.#run
      if (run?.isBusy || run?.isEnding) return
      const next = this.#next()
      if (run === undefined) {
        if (next === undefined) return
        this.#run = this.#start(next, formats)
      } else if (!this.#feed(run, next)) return
    }
  }

  /** Once a second. */
  tick(): void {
    const run = this.#run
    if (run !== undefined && this.#nowMs() - run.waitingSinceMs > STALL_MS) run.kill()
    this.advance()
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  /** Those that are wanted, and have not just failed. */
  #formats(): readonly Fmp4Format[] {
    const nowMs = this.#nowMs()
    return FMP4_FORMATS.filter((format) => this.#series.get(format)?.isResting(nowMs) === false)
  }

  #drop(): void {
    const run = this.#run
    this.#run = undefined
    run?.kill()
  }

  #start(next: SegmentRecord, formats: readonly Fmp4Format[]): Fmp4Run {
    const lead = this.#lead(next)
    const first = lead ?? next
    const outputs = formats.map((format) => ({ format, startTicks: this.#series.get(format)!.startTicks(first) }))
    const leadTicks = (lead?.durationTicks ?? 0) / 2
    const hasLongGroups = this.#options.source()!.segments.some(({ isIndependent }) => !isIndependent)
    for (const format of formats) this.#series.get(format)!.begin()
    const parameters = fmp4Parameters({ tracks: first.tracks, leadTicks, hasLongGroups }, outputs)
    const process = this.#options.startFfmpeg(parameters, formats.length)
    const run: Fmp4Run = new Fmp4Run(process, { formats, first, hasLongGroups }, () => {
      if (this.#run === run) this.advance()
    })
    return run
  }

  /** The segment before, if another ffmpeg made it and this one continues with the next. */
  #lead(next: SegmentRecord): SegmentRecord | undefined {
    const before = this.#options.source()?.segments.find(({ number }) => number === next.number - 1)
    if (before === undefined || !before.isIndependent || !this.#isHere(before)) return undefined
    const wasMade = [...this.#series.values()].some(({ lastNumber }) => lastNumber === before.number)
    const isContinued = isSameMedia(before, next) && (before.coding ?? next.coding) === (next.coding ?? before.coding)
    return wasMade && isContinued ? before : undefined
  }

  /** @returns whether there may be more to do */
  #feed(run: Fmp4Run, next: SegmentRecord | undefined): boolean {
    const { bytesOf, bytesAfter } = this.#options
    const nowMs = this.#nowMs()
    if (next === undefined) {
      if (run.last !== undefined) run.giveAhead(bytesAfter(run.last), nowMs)
      return false
    }
    const bytes = bytesOf(next.number)!
    if (run.continues(next, bytes)) run.give(next, bytes, nowMs)
    else run.endInput(nowMs)
    return true
  }

  #collect(): void {
    const run = this.#run
    if (run === undefined) return
    for (const format of run.formats)
      for (let made = run.take(format); made !== undefined; made = run.take(format))
        this.#series.get(format)?.take(made)
    if (run.end === undefined || this.#run !== run) return
    this.#run = undefined
    if (run.end === 'wrong') this.#fail(run)
    else for (const format of run.formats) this.#series.get(format)?.skip(run.nextNumber)
  }

  /** A copy hardly ever fails: where one format encodes, the other continues alone at once. */
  #fail({ formats }: Fmp4Run): void {
    const newest = lastNumber(this.#options.source())
    this.#series.get(formats.at(-1)!)?.fail(this.#nowMs(), newest)
  }

  /** The segment that ffmpeg gets next; if the one after the last is not here, a later one. */
  #next(): SegmentRecord | undefined {
    const list = this.#options.source()
    if (list === undefined) return undefined
    const owed = this.#formats().map((format) => this.#series.get(format)!.after)
    const after = this.#run === undefined ? Math.min(...owed) : this.#run.nextNumber - 1
    const following = list.segments.find(({ number }) => number === after + 1)
    const isLater = (record: SegmentRecord): boolean =>
      record.number > after && record.isIndependent && this.#isHere(record)
    return following && this.#isHere(following) ? following : offeredSegments(list).find(isLater)
  }

  #isHere({ number }: SegmentRecord): boolean {
    return this.#options.bytesOf(number) !== undefined
  }
}

function isSame(some: readonly Fmp4Format[], others: readonly Fmp4Format[]): boolean {
  return some.length === others.length && some.every((format, index) => format === others[index])
}
