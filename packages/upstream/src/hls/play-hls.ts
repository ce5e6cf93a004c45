import { setTimeout as sleep } from 'node:timers/promises'
import type { MediaPiece } from '../open-stream.ts'
import { readAhead } from '../read-ahead.ts'
import { upstreamError } from '../upstream-error.ts'
import type { PlaylistDocument } from './hls-requests.ts'
import { type FoundMedia, findAgain, findMedia, type HlsSession } from './hls-source.ts'
import { joinAudio } from './join-audio.ts'
import { createMediaPlaylistReader } from './media-playlist-reader.ts'
import type { SegmentPiece } from './segment-piece.ts'
import { toTransportStream } from './to-transport-stream.ts'

const READ_AHEAD_BYTES = 4 * 1024 ** 2

/**
 * HLS as one transport stream, as fast as it can be had.
 *
 * @throws UpstreamError
 */
export async function* playHls(document: PlaylistDocument, session: HlsSession): AsyncGenerator<MediaPiece> {
  const { request, ffmpeg } = session
  const found = await findMedia(document, session)
  if (found.audio !== undefined) return yield* joinAudio({ ...found, audio: found.audio }, session)
  const segments = readAhead(readSegments(found, session), READ_AHEAD_BYTES)
  yield* toTransportStream(segments, { ffmpeg, url: request.url, signal: request.signal })
}

/**
 * The segments of a stream, one after the other, for as long as it lasts. Requests follow one another.
 *
 * @throws UpstreamError when there is nothing more to be had
 */
async function* readSegments({ media }: FoundMedia, session: HlsSession): AsyncGenerator<SegmentPiece> {
  const { request, requests, onTarget } = session
  const restart = async (): Promise<void> => reader.take((await findAgain(session, { hasAudio: false })).media)
  const reader = createMediaPlaylistReader(media, { requests, restart, onTarget })
  for (;;) {
    const step = reader.next()
    if ('inMs' in step && step.inMs > 0) await sleep(step.inMs, undefined, { signal: request.signal })
    if (step.do === 'end' && reader.isVod) throw upstreamError('hls-finished', request.url)
    if (step.do === 'end') return
    yield* reader.carryOut(step)
  }
}
