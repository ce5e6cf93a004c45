import { setTimeout } from 'node:timers/promises'
import { PACKET_BYTES, StreamWatch, TICKS_PER_SECOND } from '@kptv/mpegts'
import { type MediaPiece, NEW_INPUT } from './open-stream.ts'

type PaceOptions = {
  readonly signal: AbortSignal
  /** The media sent now was played before: it takes no time. */
  readonly isRepeated?: (() => boolean) | undefined
  readonly monotonicMs?: () => number
  readonly sleep?: (ms: number) => Promise<unknown>
}

/** How much media is sent ahead of its time, as a buffer for players. */
export const LEAD_MS = 3_000
/**
 * How much faster than the stream's clock the lead is sent, so that no ring overflows and no viewer
 * is left behind.
 */
const FASTEST = 6
const LOOK_PACKETS = 28
const GRAIN_MS = 40
const MAX_PIECE_BYTES = 64 * 1024

/**
 * Lets a transport stream that comes in pieces of several seconds through at the pace of its own
 * clock (PCR): first a lead, quickly, then in real time. After a lack of media it catches up, by
 * the lead at most. Media without a clock, and repeated media, is not delayed. Pieces are whole
 * packets.
 */
export async function* pace(pieces: AsyncIterable<MediaPiece>, options: PaceOptions): AsyncGenerator<MediaPiece> {
  const { signal, isRepeated = () => false } = options
  const { monotonicMs = () => performance.now(), sleep = (ms) => setTimeout(ms, undefined, { signal }) } = options
  const schedule = createSchedule(monotonicMs())
  const watch = new StreamWatch()
  const mediaMs = (): number => (watch.facts().clockTicks / TICKS_PER_SECOND) * 1000

  for await (const piece of pieces) {
    if (piece === NEW_INPUT) {
      watch.startInput()
      yield piece
      continue
    }
    let start = 0
    for (let end = 0; end < piece.length; ) {
      const seen = end
      end = Math.min(piece.length, end + LOOK_PACKETS * PACKET_BYTES)
      watch.push(piece.subarray(seen, end))
      const isInHaste = isRepeated()
      if (isInHaste) schedule.passOver(mediaMs(), monotonicMs())
      const waitMs = schedule.waitMs(mediaMs(), monotonicMs())
      // In small pieces, so that the lead ends precisely.
      if (!isInHaste && waitMs < GRAIN_MS && end - start < MAX_PIECE_BYTES && end < piece.length) continue
      if (waitMs >= GRAIN_MS) await sleep(waitMs)
      schedule.sent(mediaMs(), monotonicMs())
      yield piece.subarray(start, end)
      start = end
    }
  }
}

/** When media of a time may be sent. */
function createSchedule(startMs: number) {
  /** The wall clock of media time 0, if everything went as the stream's clock does. */
  let originMs = startMs
  let last = { mediaMs: 0, atMs: startMs }

  return {
    waitMs(mediaMs: number, nowMs: number): number {
      const dueMs = originMs + mediaMs - LEAD_MS
      const soonestMs = last.atMs + (mediaMs - last.mediaMs) / FASTEST
      return Math.max(dueMs, soonestMs) - nowMs
    },
    /** Media played before takes no time: the schedule continues from here. */
    passOver(mediaMs: number, nowMs: number): void {
      originMs -= Math.max(0, originMs + mediaMs - LEAD_MS - nowMs)
      last = { mediaMs, atMs: nowMs }
    },
    sent(mediaMs: number, nowMs: number): void {
      last = { mediaMs, atMs: nowMs }
      const lateMs = nowMs - (originMs + mediaMs)
      if (lateMs > 0) originMs += lateMs
    },
  }
}
