import { createPacketAligner, createSegmentJoiner } from '@kptv/mpegts'
import { copyStreams } from '../ffmpeg/copy-streams.ts'
import type { Ffmpeg } from '../ffmpeg/find-ffmpeg.ts'
import { type MediaPiece, NEW_INPUT } from '../open-stream.ts'
import { upstreamError } from '../upstream-error.ts'
import { hasSameForm, type SegmentPiece, type SegmentStart } from './segment-piece.ts'

type RemuxOptions = {
  readonly ffmpeg: Ffmpeg | undefined
  /** For errors: only its host is shown. */
  readonly url: string
  readonly signal: AbortSignal
}

/**
 * Turns segments of any container into whole packets of a transport stream, with a mark where an
 * input does not continue the previous one, or has another clock.
 */
export async function* toTransportStream(
  pieces: AsyncGenerator<SegmentPiece>,
  options: RemuxOptions,
): AsyncGenerator<MediaPiece> {
  const reader = createSegmentRunReader(pieces)
  try {
    let start = await reader.next()
    for (let isFirst = true; start !== undefined; isFirst = false) {
      // ffmpeg restarts the clock with each run.
      if (!isFirst || start.container !== 'mpegts') yield NEW_INPUT
      const run = reader.run(start)
      yield* start.container === 'mpegts' ? joined(run) : remuxed(start, run, options)
      start = await reader.next()
    }
  } finally {
    await pieces.return(undefined)
  }
}

/** Cuts the segments into runs that belong together: one input, one container, one header. */
function createSegmentRunReader(pieces: AsyncGenerator<SegmentPiece>) {
  let following: SegmentStart | undefined

  return {
    async next(): Promise<SegmentStart | undefined> {
      if (following !== undefined) return following
      const { value } = await pieces.next()
      following = value as SegmentStart | undefined
      return following
    },

    /** To the end of the run that starts with this segment. */
    async *run(first: SegmentStart): AsyncGenerator<SegmentPiece> {
      following = undefined
      yield first
      for (;;) {
        const next = await pieces.next()
        if (next.done === true) return
        if (!Buffer.isBuffer(next.value) && (next.value.isNewInput || !hasSameForm(first, next.value))) {
          following = next.value
          return
        }
        yield next.value
      }
    },
  }
}

/** Each segment starts with a whole packet, and may restart its packet counters. */
async function* joined(run: AsyncGenerator<SegmentPiece>): AsyncGenerator<Buffer> {
  const aligner = createPacketAligner()
  const joiner = createSegmentJoiner()
  for await (const piece of run) {
    if (Buffer.isBuffer(piece)) {
      const packets = aligner.push(piece)
      joiner.push(packets)
      if (packets.length > 0) yield packets
    } else {
      aligner.reset()
      joiner.startSegment()
    }
  }
}

async function* remuxed(
  { container, header }: SegmentStart,
  run: AsyncGenerator<SegmentPiece>,
  { ffmpeg, url, signal }: RemuxOptions,
): AsyncGenerator<Buffer> {
  if (ffmpeg === undefined) throw upstreamError('needs-ffmpeg', url)
  async function* bytes(): AsyncGenerator<Buffer> {
    if (header !== undefined) yield header
    for await (const piece of run) if (Buffer.isBuffer(piece)) yield piece
  }
  const aligner = createPacketAligner()
  const input = { container, bytes: bytes(), tracks: ['V:0?', 'a?'] }
  for await (const chunk of copyStreams([input], { ffmpeg, url, signal })) {
    const packets = aligner.push(chunk)
    if (packets.length > 0) yield packets
  }
}
