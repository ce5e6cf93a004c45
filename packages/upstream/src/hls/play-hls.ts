import { setTimeout as sleep } from 'node:timers/promises'
import { type MediaPiece, NEW_INPUT } from '../open-stream.ts'
import { readAhead } from '../read-ahead.ts'
import { toUpstreamError, type UpstreamError, upstreamError } from '../upstream-error.ts'
import type { PlaylistDocument } from './hls-requests.ts'
import { type FoundMedia, findAgain, findMedia, type HlsSession } from './hls-source.ts'
import { joinAudio } from './join-audio.ts'
import { createMediaPlaylistReader } from './media-playlist-reader.ts'
import type { SegmentPiece } from './segment-piece.ts'
import { toTransportStream } from './to-transport-stream.ts'

const READ_AHEAD_BYTES = 4 * 1024 ** 2
const MAX_FAILED_VARIANTS = 8

/**
 * HLS as one transport stream, as fast as it arrives. A variant that fails in the middle is
 * followed by the next one.
 *
 * @throws UpstreamError
 */
export async function* playHls(document: PlaylistDocument, session: HlsSession): AsyncGenerator<MediaPiece> {
  let found = await findMedia(document, session)
  for (;;) {
    try {
      return yield* playVariant(found, session)
    } catch (error) {
      found = await nextVariant(found, session, toUpstreamError(error, session.request.url))
      yield NEW_INPUT
    }
  }
}

function playVariant(found: FoundMedia, session: HlsSession): AsyncGenerator<MediaPiece> {
  const { request, ffmpeg } = session
  if (found.audio.length > 0) return joinAudio(found, session)
  const segments = readAhead(readSegments(found, session), READ_AHEAD_BYTES)
  return toTransportStream(segments, { ffmpeg, url: request.url, signal: request.signal })
}

/** @throws UpstreamError the failure itself, if nothing else is left to try */
async function nextVariant(failed: FoundMedia, session: HlsSession, failure: UpstreamError): Promise<FoundMedia> {
  const { variantName, variantCount } = failed
  const { failedVariants, request, requests } = session
  const isOfAll = variantName === undefined || OF_ALL_VARIANTS.has(failure.code)
  if (isOfAll || request.signal.aborted) throw failure
  failedVariants.add(variantName)
  // By number too: names may hold tokens.
  if (failedVariants.size >= Math.min(variantCount, MAX_FAILED_VARIANTS)) throw failure
  try {
    return await findMedia((await requests.playlist(new URL(request.url)))!, session)
  } catch {
    throw failure
  }
}

/** No other variant would change it. */
const OF_ALL_VARIANTS = new Set<string>(['aborted', 'hls-finished', 'hls-encryption', 'needs-ffmpeg'])

/**
 * The segments of a stream, one after the other, for as long as it lasts. Requests follow one
 * another.
 *
 * @throws UpstreamError when no more media is available
 */
async function* readSegments(found: FoundMedia, session: HlsSession): AsyncGenerator<SegmentPiece> {
  const { request, requests, onTarget } = session
  const restart = async (): Promise<void> => reader.take((await findAgain(session, found)).media)
  const reader = createMediaPlaylistReader(found.media, { requests, restart, onTarget })
  for (;;) {
    const step = reader.next()
    if ('inMs' in step && step.inMs > 0) await sleep(step.inMs, undefined, { signal: request.signal })
    if (step.do === 'end' && reader.isVod) throw upstreamError('hls-finished', request.url)
    if (step.do === 'end') return
    yield* reader.carryOut(step)
  }
}
