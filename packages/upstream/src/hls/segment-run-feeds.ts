import { PassThrough } from 'node:stream'
import type { SegmentPiece, SegmentStart } from './segment-piece.ts'

export type Side = 'video' | 'audio'

/** Bytes of one side that belong together, in order, the header in front. */
export type RunFeed = { readonly start: SegmentStart; readonly bytes: PassThrough }

/** What one ffmpeg gets: video and audio on one clock. */
export type SegmentRun = Readonly<Record<Side, RunFeed>>

/** Of one side, before ffmpeg takes it. */
const FULL_BYTES = 4 * 1024 ** 2
/** A segment must be taken whole where the other side has to come first. Nobody sends ten seconds of 40 Mbit/s. */
const MAX_BYTES = 48 * 1024 ** 2
/** Both sides break at the same place (RFC 8216 section 6.2.4); one that does not is moved on after so many segments. */
const MAX_LATE_SEGMENTS = 3

type Part = { start: SegmentStart | undefined; readonly known: PromiseWithResolvers<void>; readonly bytes: PassThrough }

type Place = {
  index: number
  late: number
  /** Segments, before it is moved on to where the other side is. */
  mostLate: number
  isOver: boolean
  readonly parts: Map<number, Part>
}

/**
 * Sorts segments of video and of audio, which come one by one in any order, into runs: where a side says that something new begins, it goes on in
 * the next one. So it does where packed audio was missed: nothing in its bytes tells that time has passed.
 */
export function createSegmentRunFeeds() {
  const places: Record<Side, Place> = { video: createPlace(), audio: createPlace() }

  function begin(side: Side, start: SegmentStart): void {
    const place = places[side]
    if (otherOf(side).index > place.index) place.late += 1
    const { start: first } = partAt(place, place.index)
    const isBreak = first !== undefined && !continues(first, start)
    const isMiss = first !== undefined && !isBreak && start.isNewInput && losesTime(side, start)
    if (isBreak || isMiss || place.late > place.mostLate) {
      endPart(partAt(place, place.index))
      place.index += 1
      Object.assign(place, { late: 0, mostLate: MAX_LATE_SEGMENTS })
    }
    // No break of the other side will come for it.
    if (isMiss && otherOf(side).index < place.index) otherOf(side).mostLate = 0
    const part = partAt(place, place.index)
    if (part.start === undefined) {
      part.start = start
      if (start.header !== undefined) part.bytes.write(start.header)
    }
    part.known.resolve()
  }

  /** Whether what was missed before this would put the rest out of step. */
  function losesTime(side: Side, { container }: SegmentStart): boolean {
    if (side === 'audio') return container === 'audio'
    const { start } = partAt(places.audio, places.audio.index)
    return start?.container === 'audio' && start.clockTicks === undefined
  }

  function otherOf(side: Side): Place {
    return places[side === 'video' ? 'audio' : 'video']
  }

  function endSide(side: Side): void {
    places[side].isOver = true
    places[side].parts.forEach(endPart)
  }

  return {
    give(side: Side, piece: SegmentPiece): void {
      const place = places[side]
      if (place.isOver) return
      if (Buffer.isBuffer(piece)) partAt(place, place.index).bytes.write(piece)
      else begin(side, piece)
    },
    /** Enough is waiting. */
    isFull: (side: Side): boolean => waitingBytes(places[side]) >= FULL_BYTES,
    isTooMuch: (side: Side): boolean => waitingBytes(places[side]) > MAX_BYTES,
    /** ffmpeg has taken all that there is of the other side, so it may take nothing of this one before there is more. */
    isStarving: (side: Side): boolean => !otherOf(side).isOver && waitingBytes(otherOf(side)) === 0,
    endSide,
    end(): void {
      endSide('video')
      endSide('audio')
    },
    /** As they begin; those that one side has nothing for are left out. What was not read of one is dropped with it. */
    async *runs(): AsyncGenerator<SegmentRun> {
      const { video, audio } = places
      for (let index = 0; ; index += 1) {
        const parts = [partAt(video, index), partAt(audio, index)] as const
        const [ofVideo, ofAudio] = parts
        await Promise.all([ofVideo.known.promise, ofAudio.known.promise])
        if (ofVideo.start !== undefined && ofAudio.start !== undefined) {
          yield {
            video: { start: ofVideo.start, bytes: ofVideo.bytes },
            audio: { start: ofAudio.start, bytes: ofAudio.bytes },
          }
        }
        for (const { bytes } of parts) bytes.destroy()
        for (const place of [video, audio]) place.parts.delete(index)
        if (video.isOver && audio.isOver && index >= Math.max(video.index, audio.index)) return
      }
    },
  }
}

function waitingBytes({ parts }: Place): number {
  return [...parts.values()].reduce((sum, { bytes }) => sum + bytes.writableLength + bytes.readableLength, 0)
}

function createPlace(): Place {
  return { index: 0, late: 0, mostLate: MAX_LATE_SEGMENTS, isOver: false, parts: new Map() }
}

function partAt(place: Place, index: number): Part {
  const known = place.parts.get(index)
  if (known !== undefined) return known
  const part: Part = {
    ...{ start: undefined, known: Promise.withResolvers<void>() },
    bytes: new PassThrough({ highWaterMark: FULL_BYTES }),
  }
  // What is written to one that was dropped is dropped too.
  part.bytes.on('error', () => {})
  if (place.isOver) endPart(part)
  place.parts.set(index, part)
  return part
}

function endPart({ known, bytes }: Part): void {
  known.resolve()
  bytes.end()
}

function continues(first: SegmentStart, next: SegmentStart): boolean {
  if (next.isDiscontinuous || next.container !== first.container) return false
  return first.header === next.header || (first.header !== undefined && next.header?.equals(first.header) === true)
}
