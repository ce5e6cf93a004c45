import type { FfmpegProcess } from '@kptv/upstream'
import type { Fmp4Format } from '../../http/segment-format.ts'
import type { SegmentBytes } from '../fragment-log.ts'
import type { SegmentRecord } from '../segment-list.ts'
import { Fmp4Output, type MadeSegment } from './fmp4-output.ts'

type RunPlan = {
  readonly formats: readonly Fmp4Format[]
  readonly first: SegmentRecord
  /** It may be given segments that begin without a key frame. */
  readonly hasLongGroups: boolean
}

/** One ffmpeg: it gets segments that continue each other, and gives them in other formats. */
export class Fmp4Run {
  readonly formats: readonly Fmp4Format[]
  readonly #process: FfmpegProcess
  readonly #onChange: () => void
  readonly #first: SegmentRecord
  readonly #hasLongGroups: boolean
  readonly #outputs: ReadonlyMap<Fmp4Format, Fmp4Output>
  /** Of the segment after the last, which is not complete. */
  #ahead: SegmentBytes = []
  #coding: string | undefined
  #last: SegmentRecord | undefined
  #busySinceMs = Number.POSITIVE_INFINITY
  #endedInputAtMs = Number.POSITIVE_INFINITY
  #end: 'right' | 'wrong' | undefined

  /**
   * @param process with an output for each of the formats, in this order
   * @param onChange it has become ready for more, has made something, or has ended
   */
  constructor(process: FfmpegProcess, { formats, first, hasLongGroups }: RunPlan, onChange: () => void) {
    this.formats = formats
    this.#hasLongGroups = hasLongGroups
    this.#process = process
    this.#onChange = onChange
    this.#first = first
    const onBytes = (isBroken: boolean): void => {
      if (isBroken) this.kill()
      onChange()
    }
    this.#outputs = new Map(formats.map((one, index) => [one, new Fmp4Output(process.outputs[index]!, onBytes)]))
    void process.ended.then((code) => {
      this.#end ??= code === 0 && this.isEnding ? 'right' : 'wrong'
      onChange()
    })
  }

  /** The last segment that it was given. */
  get last(): SegmentRecord | undefined {
    return this.#last
  }

  /** Number of the segment that it needs next. */
  get nextNumber(): number {
    return this.#last === undefined ? this.#first.number : this.#last.number + 1
  }

  /** It has not taken all of what it was given. */
  get isBusy(): boolean {
    return this.#busySinceMs !== Number.POSITIVE_INFINITY
  }

  get isEnding(): boolean {
    return this.#endedInputAtMs !== Number.POSITIVE_INFINITY
  }

  /** `right`: after its input had ended, with everything written. */
  get end(): 'right' | 'wrong' | undefined {
    return this.#end
  }

  /** Whether a segment continues what it was given, so that the same header fits. */
  continues(source: SegmentRecord, parts: SegmentBytes): boolean {
    return (
      source.number === this.nextNumber &&
      (source.isIndependent || this.#hasLongGroups) &&
      isSameMedia(this.#first, source) &&
      (source.coding ?? this.#coding) === (this.#coding ?? source.coding) &&
      this.#ahead.every((part, index) => part === parts[index])
    )
  }

  give(source: SegmentRecord, parts: SegmentBytes, atMs: number): void {
    for (const output of this.#outputs.values()) output.give(source, atMs)
    const rest = parts.slice(this.#ahead.length)
    this.#last = source
    this.#coding ??= source.coding
    this.#ahead = []
    this.#write(rest, atMs)
  }

  /** What is there of the segment after the last: it shows ffmpeg the end of that one. */
  giveAhead(parts: SegmentBytes, atMs: number): void {
    const isSame = this.#ahead.every((part, index) => part === parts[index])
    if (!isSame || parts.length === this.#ahead.length) return
    const rest = parts.slice(this.#ahead.length)
    this.#ahead = parts
    this.#write(rest, atMs)
  }

  /** Nothing follows: it gives what it still has, and ends. */
  endInput(atMs: number): void {
    if (this.isEnding) return
    this.#endedInputAtMs = atMs
    this.#process.inputs[0]!.end()
  }

  kill(): void {
    this.#end = 'wrong'
    void this.#process.kill()
  }

  /** Since when it should have taken or given something. */
  get waitingSinceMs(): number {
    const owed = [...this.#outputs.values()].map(({ owesSinceMs }) => owesSinceMs)
    return Math.min(this.#busySinceMs, this.#endedInputAtMs, ...owed)
  }

  /** The next segment that is complete in a format. */
  take(format: Fmp4Format): MadeSegment | undefined {
    return this.#outputs.get(format)?.take(this.#end === 'right')
  }

  #write(parts: SegmentBytes, atMs: number): void {
    this.#busySinceMs = atMs
    this.#process.inputs[0]!.write(Buffer.concat(parts), () => {
      this.#busySinceMs = Number.POSITIVE_INFINITY
      this.#onChange()
    })
  }
}

/** No break lies between two segments that follow each other. */
export function isSameMedia(one: SegmentRecord, other: SegmentRecord): boolean {
  return one.tracks === other.tracks && one.breaks === other.breaks
}
