import { Buffer } from 'node:buffer'
import { BoxSplitter } from './box-splitter.ts'
import { HEADER_BYTES } from './boxes.ts'
import { readFragmentTracks } from './fragment.ts'
import { readTracks, type Track, withoutBitRates } from './init.ts'

/** A `moof` with its `mdat`. */
export type Mp4Fragment = {
  readonly bytes: Buffer
  /**
   * Decode time of its first sample of the main track, in seconds · 90,000; undefined: it has none.
   * The main track is the video, if there is one.
   */
  readonly ticks: number | undefined
  /** Where its last sample ends; undefined: it does not say. */
  readonly endTicks: number | undefined
  /** A player can start with it. */
  readonly isSync: boolean
}

type Mp4ReaderEvents = {
  /** Once, before all fragments: what each player needs first. */
  readonly onInit: (init: Buffer) => void
  readonly onFragment: (fragment: Mp4Fragment) => void
}

const TICKS_PER_SECOND = 90_000

/** Reads a fragmented MP4 file (ISO/IEC 14496-12) as it is written. */
export class Mp4Reader {
  readonly #events: Mp4ReaderEvents
  readonly #splitter = new BoxSplitter((type, bytes) => this.#take(type, bytes))
  #fileType = Buffer.alloc(0)
  #main: Track | undefined
  #head: Buffer | undefined

  constructor(events: Mp4ReaderEvents) {
    this.#events = events
  }

  /**
   * @param bytes which the caller leaves as they are from now on
   * @throws Error for bytes that are not a fragmented file
   */
  push(bytes: Buffer): void {
    this.#splitter.push(bytes)
  }

  #take(type: string, box: Buffer): void {
    if (type === 'ftyp') this.#fileType = Buffer.from(box)
    else if (type === 'moov') this.#begin(box)
    else if (type === 'moof') this.#head = box
    else if (type === 'mdat') this.#end(box)
  }

  #begin(box: Buffer): void {
    const moov = withoutBitRates(box)
    const tracks = readTracks(moov.subarray(HEADER_BYTES))
    this.#main = tracks.find(({ handler }) => handler === 'vide') ?? tracks[0]
    if (this.#main === undefined || this.#main.timescale === 0) throw new Error('the file has no track')
    this.#events.onInit(Buffer.concat([this.#fileType, moov]))
  }

  #end(media: Buffer): void {
    const head = this.#head
    if (head === undefined || this.#main === undefined) throw new Error('media without its header')
    this.#head = undefined
    const { id, timescale } = this.#main
    const main = readFragmentTracks(head.subarray(HEADER_BYTES)).find((track) => track.id === id)
    if (main !== undefined && !Number.isSafeInteger(main.decodeTime)) throw new Error('the time is not readable')
    const ticksOf = (time: number): number => Math.round((time * TICKS_PER_SECOND) / timescale)
    this.#events.onFragment({
      bytes: Buffer.concat([head, media]),
      ticks: main && ticksOf(main.decodeTime),
      endTicks: main?.duration && ticksOf(main.decodeTime + main.duration),
      isSync: main?.isSync === true,
    })
  }
}
