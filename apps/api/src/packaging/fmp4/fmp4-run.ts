import { type Mp4Fragment, Mp4Reader } from '@kptv/mp4'
import type { FfmpegProcess } from '@kptv/upstream'
import type { SegmentBytes } from '../fragment-log.ts'
import { endOf, type SegmentRecord } from '../segment-list.ts'
import { countFragments } from './count-fragments.ts'

/** A segment of MPEG-TS, as fragmented MP4. */
export type MadeSegment = {
  readonly source: SegmentRecord
  readonly init: Buffer
  readonly fragments: readonly Mp4Fragment[]
}

type Given = { readonly source: SegmentRecord; readonly atMs: number }

/** One ffmpeg: it gets segments that continue each other, and gives them in another format. */
export class Fmp4Run {
  readonly #process: FfmpegProcess
  readonly #onChange: () => void
  readonly #first: SegmentRecord
  /** Segments of which not all has come back. */
  readonly #given: Given[] = []
  readonly #fragments: Mp4Fragment[] = []
  #init: Buffer | undefined
  #coding: string | undefined
  #last: number
  #isBusy = false
  #hasMade = false
  #endedInputAtMs = Number.POSITIVE_INFINITY
  #end: 'right' | 'wrong' | undefined

  /** @param onChange it has become ready for more, has made something, or has ended */
  constructor(process: FfmpegProcess, first: SegmentRecord, onChange: () => void) {
    this.#process = process
    this.#onChange = onChange
    this.#first = first
    this.#last = first.number - 1
    const reader = new Mp4Reader({
      onInit: (init) => {
        this.#init = init
      },
      onFragment: (fragment) => void this.#fragments.push(fragment),
    })
    process.stdout.on('data', (bytes: Buffer) => {
      try {
        reader.push(bytes)
      } catch {
        this.kill()
      }
      onChange()
    })
    void process.ended.then((code) => {
      this.#end ??= code === 0 && this.isEnding ? 'right' : 'wrong'
      onChange()
    })
  }

  /** Number of the last segment that it was given. */
  get last(): number {
    return this.#last
  }

  /** It has not taken all of what it was given. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  get isEnding(): boolean {
    return this.#endedInputAtMs !== Number.POSITIVE_INFINITY
  }

  /** `right`: after its input had ended, with everything written. */
  get end(): 'right' | 'wrong' | undefined {
    return this.#end
  }

  get hasMade(): boolean {
    return this.#hasMade
  }

  /** Whether a segment continues what it was given, so that the same header fits. */
  continues(source: SegmentRecord): boolean {
    const { tracks, breaks } = this.#first
    const { coding = this.#coding } = source
    const isSame = coding === (this.#coding ?? coding)
    return source.number === this.#last + 1 && source.tracks === tracks && source.breaks === breaks && isSame
  }

  give(source: SegmentRecord, parts: SegmentBytes, atMs: number): void {
    this.#given.push({ source, atMs })
    this.#last = source.number
    this.#coding ??= source.coding
    this.#isBusy = true
    this.#process.inputs[0]!.write(Buffer.concat(parts), () => {
      this.#isBusy = false
      this.#onChange()
    })
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

  /** Since when it should have given something. */
  get waitingSinceMs(): number {
    const [, second] = this.#given
    const since = this.#isBusy ? this.#given.at(-1)?.atMs : second?.atMs
    return Math.min(since ?? Number.POSITIVE_INFINITY, this.#endedInputAtMs)
  }

  /** The next segment that is complete. */
  take(): MadeSegment | undefined {
    for (;;) {
      const [next] = this.#given
      if (next === undefined || this.#init === undefined) return undefined
      const count = countFragments(this.#fragments, endOf(next.source), this.#end === 'right')
      if (count === undefined) return undefined
      this.#given.shift()
      const fragments = this.#fragments.splice(0, count)
      // Without any it is left out.
      if (fragments.length === 0) continue
      this.#hasMade = true
      return { source: next.source, init: this.#init, fragments }
    }
  }
}
