import type { MediaPiece } from '../media-piece.ts'
import { readAhead } from '../read-ahead.ts'
import type { PlaylistDocument } from './hls-requests.ts'
import type { HlsSession } from './hls-session.ts'
import { findMedia } from './hls-source.ts'
import { joinSound } from './join-sound.ts'
import { readHls } from './read-hls.ts'
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
  if (found.sound !== undefined) return yield* joinSound({ ...found, sound: found.sound }, session)
  const segments = readAhead(readHls(found, session), READ_AHEAD_BYTES)
  yield* toTransportStream(segments, { ffmpeg, url: request.url, signal: request.signal })
}
