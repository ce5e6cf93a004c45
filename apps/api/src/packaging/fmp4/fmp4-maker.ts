import { ticksBetween } from '@kptv/mpegts'
import type { FfmpegProcess } from '@kptv/upstream'
import type { Clock } from '../../cluster/clock.ts'
import type { Fmp4Format } from '../../http/segment-format.ts'
import type { SegmentBytes } from '../fragment-log.ts'
import { lastNumber, offeredSegments, type SegmentList, type SegmentRecord } from '../segment-list.ts'
import { chooseTracks, fmp4Parameters } from './ffmpeg-parameters.ts'
import { Fmp4Run, type MadeSegment } from './fmp4-run.ts'

export type Fmp4MakerOptions = {
  readonly format: Fmp4Format
  readonly startFfmpeg: (parameters: readonly string[]) => FfmpegProcess
  /** The segments of the channel as MPEG-TS. */
  readonly source: () => SegmentList | undefined
  readonly bytesOf: (number: number) => SegmentBytes | undefined
  /** The last segment that was made, by any node. */
  readonly lastMade: () => SegmentRecord | undefined
  readonly onMade: (made: MadeSegment) => void
  /** ffmpeg has ended or stalled; it is started again after a pause. */
  readonly onFailed: () => void
  readonly clock: Clock
}

/** With as much input as it needs, it answers within milliseconds. */
const STALL_MS = 10_000
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 30_000

/**
 * Makes fragmented MP4 of a channel's segments, each with the number that it has as MPEG-TS. One
 * ffmpeg runs as long as segments continue each other, so that no audio is lost between them.
 */
export class Fmp4Maker {
  readonly #options: Fmp4MakerOptions
  #run: Fmp4Run | undefined
  #failures = 0
  #restsUntilMs = 0
  /** Earlier segments were made, or cannot be. */
  #firstNumber = 0

  constructor(options: Fmp4MakerOptions) {
    this.#options = options
  }

  /** Takes what was made, and gives what is new. */
  advance(): void {
    for (;;) {
      this.#collect()
      const next = this.#next()
      const run = this.#run
      if (next === undefined || run?.isBusy || run?.isEnding) return
      const { clock, bytesOf } = this.#options
      const nowMs = clock.monotonicMs()
      if (run === undefined) {
        if (nowMs < this.#restsUntilMs) return
        this.#run = this.#start(next)
      } else if (run.continues(next)) {
        run.give(next, bytesOf(next.number)!, nowMs)
      } else run.endInput(nowMs)
    }
  }

  /** Once a second. */
  tick(): void {
    const run = this.#run
    if (run !== undefined && this.#options.clock.monotonicMs() - run.waitingSinceMs > STALL_MS) run.kill()
    this.advance()
  }

  stop(): void {
    const run = this.#run
    this.#run = undefined
    run?.kill()
  }

  #start(first: SegmentRecord): Fmp4Run {
    const { format, startFfmpeg } = this.#options
    const process = startFfmpeg(fmp4Parameters(chooseTracks(first.tracks, format), this.#startTicks(first)))
    const run: Fmp4Run = new Fmp4Run(process, first, () => {
      if (this.#run === run) this.advance()
    })
    return run
  }

  /** The clock goes on from the last segment, even if it has started anew since. */
  #startTicks({ ticks }: SegmentRecord): number {
    const last = this.#options.lastMade()
    if (last?.fmp4 === undefined) return ticks
    return Math.max(ticks, last.fmp4.startTicks + ticksBetween(last.ticks, ticks))
  }

  #collect(): void {
    const run = this.#run
    if (run === undefined) return
    for (let made = run.take(); made !== undefined; made = run.take()) {
      this.#failures = 0
      this.#options.onMade(made)
    }
    if (run.end === undefined || this.#run !== run) return
    this.#run = undefined
    if (run.end === 'wrong') this.#fail(run)
    else this.#firstNumber = run.last + 1
  }

  #fail(run: Fmp4Run): void {
    const { clock, source, onFailed } = this.#options
    if (!run.hasMade) this.#firstNumber = Math.max(this.#firstNumber, lastNumber(source()))
    this.#restsUntilMs = clock.monotonicMs() + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    onFailed()
  }

  /** The segment that ffmpeg gets next; if the one after the last is not here, a later one. */
  #next(): SegmentRecord | undefined {
    const { source, bytesOf, lastMade } = this.#options
    const list = source()
    if (list === undefined) return undefined
    const after = Math.max(this.#run?.last ?? lastMade()?.number ?? 0, this.#firstNumber - 1)
    const isHere = ({ number }: SegmentRecord): boolean => bytesOf(number) !== undefined
    const following = list.segments.find(({ number }) => number === after + 1)
    const isLater = (record: SegmentRecord): boolean => record.number > after && record.isIndependent && isHere(record)
    return following && isHere(following) ? following : offeredSegments(list).find(isLater)
  }
}
