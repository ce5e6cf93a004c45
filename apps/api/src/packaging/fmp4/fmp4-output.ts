import type { Readable } from 'node:stream'
import { type Mp4Fragment, Mp4Reader } from '@kptv/mp4'
import { endOf, type SegmentRecord } from '../segment-list.ts'
import { countFragments } from './count-fragments.ts'

/** A segment of MPEG-TS, as fragmented MP4. */
export type MadeSegment = {
  readonly source: SegmentRecord
  readonly init: Buffer
  readonly fragments: readonly Mp4Fragment[]
}

type Given = { readonly source: SegmentRecord; readonly atMs: number }

/** What ffmpeg gives in one format of the segments that it was given. */
export class Fmp4Output {
  /** Segments of which not all has come back. */
  readonly #given: Given[] = []
  readonly #fragments: Mp4Fragment[] = []
  #init: Buffer | undefined

  /** @param onBytes something has come; `isBroken`: it is no MP4 */
  constructor(bytes: Readable, onBytes: (isBroken: boolean) => void) {
    const reader = new Mp4Reader({
      onInit: (init) => {
        this.#init = init
      },
      onFragment: (fragment) => void this.#fragments.push(fragment),
    })
    bytes.on('data', (piece: Buffer) => {
      let isBroken = false
      try {
        reader.push(piece)
      } catch {
        isBroken = true
      }
      onBytes(isBroken)
    })
  }

  give(source: SegmentRecord, atMs: number): void {
    this.#given.push({ source, atMs })
  }

  /** Since when a segment has been owed, with another one behind it. */
  get owesSinceMs(): number {
    return this.#given[1]?.atMs ?? Number.POSITIVE_INFINITY
  }

  /** The next segment that is complete. @param isAll no bytes will follow */
  take(isAll: boolean): MadeSegment | undefined {
    for (;;) {
      const [next] = this.#given
      if (next === undefined || this.#init === undefined) return undefined
      const count = countFragments(this.#fragments, endOf(next.source), isAll)
      if (count === undefined) return undefined
      this.#given.shift()
      const fragments = this.#fragments.splice(0, count)
      // Without any it is left out.
      if (fragments.length > 0) return { source: next.source, init: this.#init, fragments }
    }
  }
}
