import type { VariantLimits } from '@kptv/hls'
import type { Ffmpeg } from '../ffmpeg/find-ffmpeg.ts'
import type { MediaPiece } from '../media-piece.ts'
import type { OpenStreamRequest } from '../open-stream.ts'
import { readAhead } from '../read-ahead.ts'
import type { HlsRequests, PlaylistDocument } from './hls-requests.ts'
import { findMedia } from './hls-source.ts'
import { joinSound } from './join-sound.ts'
import { readHls } from './read-hls.ts'
import { toTransportStream } from './to-transport-stream.ts'

export type HlsSession = {
  readonly request: OpenStreamRequest
  readonly requests: HlsRequests
  readonly limits: VariantLimits
  /** For what is no transport stream, and for sound in a playlist of its own; without it, that is refused. */
  readonly ffmpeg: Ffmpeg | undefined
  /** Told whenever it may have changed: how long a good playlist may be without anything new. */
  readonly onTarget: (targetMs: number) => void
}

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
