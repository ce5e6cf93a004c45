import { PassThrough } from 'node:stream'
import { hasSameForm, type SegmentPiece, type SegmentStart } from './segment-piece.ts'

/** The number of a playlist that is read: `VIDEO`, then each one of audio. */
export type Side = number

export const VIDEO: Side = 0

/** Bytes of one side that belong together, in order, the header in front. */
export type RunFeed = { readonly side: Side; readonly start: SegmentStart; readonly bytes: PassThrough }

/** The input of one ffmpeg: video and audio on one clock. */
export type SegmentRun = { readonly video: RunFeed; readonly audio: readonly RunFeed[] }

/** Of one side, before ffmpeg takes it. */
const FULL_BYTES = 4 * 1024 ** 2
const FULL_RUNS = 16
/**
 * A segment must be taken whole where another side has to come first. Segments of ten seconds at 40
 * Mbit/s do not occur.
 */
const MAX_BYTES = 48 * 1024 ** 2
/**
 * All sides break at the same place (RFC 8216 section 6.2.4); one that does not is moved on after
 * so many segments.
 */
const MAX_LATE_SEGMENTS = 3

type Part = { start: SegmentStart | undefined; readonly known: PromiseWithResolvers<void>; readonly bytes: PassThrough }

type Place = {
  index: number
  late: number
  /** How many segments, before it is moved on to where another side is. */
  maxLate: number
  isOver: boolean
  readonly parts: Map<number, Part>
}

export type SegmentRunFeeds = ReturnType<typeof createSegmentRunFeeds>

/**
 * Sorts segments of video and audio, which come one by one in any order, into runs: a side that
 * starts something new continues in the next one. The same happens where packed audio was missed,
 * because its bytes do not show that time has passed.
 */
export function createSegmentRunFeeds(audioCount = 1) {
  const places: readonly Place[] = Array.from({ length: 1 + audioCount }, createPlace)

  function begin(side: Side, start: SegmentStart): void {
    const place = places[side]!
    const others = places.filter((other) => other !== place)
    if (others.some(({ index }) => index > place.index)) place.late += 1
    const { start: first } = partAt(place, place.index)
    const isBreak = first !== undefined && (start.isDiscontinuous || !hasSameForm(first, start))
    const isMiss = first !== undefined && !isBreak && start.isNewInput && losesTime(side, start)
    if (isBreak || isMiss || place.late > place.maxLate) {
      endPart(partAt(place, place.index))
      place.index += 1
      Object.assign(place, { late: 0, maxLate: MAX_LATE_SEGMENTS })
    }
    // No break of the other sides will come for it.
    if (isMiss) for (const other of others) if (other.index < place.index) other.maxLate = 0
    const part = partAt(place, place.index)
    if (part.start === undefined) {
      part.start = start
      if (start.header !== undefined) part.bytes.write(start.header)
    }
    part.known.resolve()
  }

  /** Whether a loss before this would put the rest out of step. */
  function losesTime(side: Side, { container }: SegmentStart): boolean {
    if (side !== VIDEO) return container === 'audio'
    const starts = places.slice(1).map((place) => partAt(place, place.index).start)
    return starts.some((start) => start?.container === 'audio' && start.clockTicks === undefined)
  }

  function endSide(side: Side): void {
    places[side]!.isOver = true
    places[side]!.parts.forEach(endPart)
  }

  /** Nothing where video or all audio is missing. */
  function runAt(index: number): SegmentRun | undefined {
    const feeds = places.flatMap((place, side): RunFeed[] => {
      const { start, bytes } = partAt(place, index)
      return start === undefined ? [] : [{ side, start, bytes }]
    })
    const [video, ...audio] = feeds
    return video?.side === VIDEO && audio.length > 0 ? { video, audio } : undefined
  }

  return {
    give(side: Side, piece: SegmentPiece): void {
      const place = places[side]!
      if (place.isOver) return
      if (Buffer.isBuffer(piece)) partAt(place, place.index).bytes.write(piece)
      else begin(side, piece)
    },
    /** Enough is waiting. */
    isFull: (side: Side): boolean => places[side]!.parts.size > FULL_RUNS || waitingBytes(places[side]!) >= FULL_BYTES,
    isTooMuch: (side: Side): boolean => waitingBytes(places[side]!) > MAX_BYTES,
    /**
     * ffmpeg has taken all that there is of another side, so it may take nothing of this one before
     * there is more.
     */
    isStarving: (side: Side): boolean =>
      places.some((other, index) => index !== side && !other.isOver && waitingBytes(other) === 0),
    endSide,
    end(): void {
      for (const side of places.keys()) endSide(side)
    },
    /**
     * As they begin; those that lack video or audio are left out. What was not read of one is
     * dropped with it.
     */
    async *runs(): AsyncGenerator<SegmentRun> {
      for (let index = 0; ; index += 1) {
        const parts = places.map((place) => partAt(place, index))
        await Promise.all(parts.map(({ known }) => known.promise))
        const run = runAt(index)
        if (run !== undefined) yield run
        for (const { bytes } of parts) bytes.destroy()
        for (const place of places) place.parts.delete(index)
        if (places.every((place) => place.isOver && index >= place.index)) return
      }
    },
  }
}

function waitingBytes({ parts }: Place): number {
  return [...parts.values()].reduce((sum, { bytes }) => sum + bytes.writableLength + bytes.readableLength, 0)
}

function createPlace(): Place {
  return { index: 0, late: 0, maxLate: MAX_LATE_SEGMENTS, isOver: false, parts: new Map() }
}

function partAt(place: Place, index: number): Part {
  const known = place.parts.get(index)
  if (known !== undefined) return known
  const part: Part = {
    start: undefined,
    known: Promise.withResolvers<void>(),
    bytes: new PassThrough({ highWaterMark: FULL_BYTES }),
  }
  // Bytes written to a dropped run are dropped too.
  part.bytes.on('error', () => {})
  if (place.isOver) endPart(part)
  place.parts.set(index, part)
  return part
}

function endPart({ known, bytes }: Part): void {
  known.resolve()
  bytes.end()
}
