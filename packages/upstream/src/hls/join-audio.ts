import { setTimeout as sleep } from 'node:timers/promises'
import type { HlsStep } from '@kptv/hls'
import { createPacketAligner, TICKS_PER_SECOND } from '@kptv/mpegts'
import { type CopyInput, copyStreams } from '../ffmpeg/copy-streams.ts'
import { type MediaPiece, NEW_INPUT } from '../open-stream.ts'
import { upstreamError } from '../upstream-error.ts'
import { type FoundMedia, findAgain, type HlsSession } from './hls-source.ts'
import { createMediaPlaylistReader, type MediaPlaylistReader } from './media-playlist-reader.ts'
import {
  createSegmentRunFeeds,
  type RunFeed,
  type SegmentRun,
  type SegmentRunFeeds,
  type Side,
} from './segment-run-feeds.ts'

/** How long nothing is checked while all sides wait: for their time, or for ffmpeg. */
const NAP_MS = 100
/** Dates that are farther apart belong to different clocks. */
const MAX_APART_MS = 120_000

type Reader = { readonly side: Side; readonly playlist: MediaPlaylistReader; mediaMs: number; isOver: boolean }

/**
 * Video and audio of several playlists as one transport stream. All requests go over the one
 * connection, one after the other: whichever playlist is due first, and of those due, the one that
 * is behind. ffmpeg gets the bytes of all playlists and opens nothing.
 *
 * @throws UpstreamError `hls-audio-untimed`: the place of the audio in time is unknown; otherwise
 *   when one of them ends or fails, after all media before
 */
export async function* joinAudio(found: FoundMedia, session: HlsSession): AsyncGenerator<MediaPiece> {
  const { request, ffmpeg } = session
  if (ffmpeg === undefined) throw upstreamError('hls-audio-needs-ffmpeg', request.url)
  const over = new AbortController()
  const signal = AbortSignal.any([request.signal, over.signal])
  const feeds = createSegmentRunFeeds(found.audio.length)
  const readers = createReaders(found, session)
  const failures: unknown[] = []
  const reading = readAll(readers, { feeds, signal, url: request.url })
    .catch((error: unknown) => void failures.push(error))
    .finally(() => feeds.end())
  try {
    for await (const run of feeds.runs()) {
      const { inputs, keepsTimes } = inputsOf(run, found)
      if (inputs === undefined) throw upstreamError('hls-audio-untimed', request.url)
      // ffmpeg restarts the clock with each run.
      yield NEW_INPUT
      const aligner = createPacketAligner()
      for await (const chunk of copyStreams(inputs, { ffmpeg, url: request.url, signal, keepsTimes })) {
        const packets = aligner.push(chunk)
        if (packets.length > 0) yield packets
      }
    }
    await reading
    if (failures.length > 0) throw failures[0]
  } catch (error) {
    // The reason for the end explains more than the failure of ffmpeg.
    throw failures[0] ?? error
  } finally {
    over.abort()
    // The response to the current request is useless now; nothing waits for the provider.
    session.requests.abort()
    feeds.end()
    await reading
  }
}

/**
 * Times are kept where all sides have them; otherwise each begins at 0, but for the lag. Audio that
 * could not be placed is left out, if other audio is there.
 */
function inputsOf(
  { video, audio }: SegmentRun,
  found: FoundMedia,
): { readonly inputs: CopyInput[] | undefined; readonly keepsTimes: boolean } {
  const lags = audio
    .map((feed) => ({ feed, lagMs: lagOfAudio(video, feed) }))
    .filter(({ lagMs }) => lagMs !== undefined)
  const isTimed = ({ start }: RunFeed): boolean => start.container !== 'audio' || start.clockTicks !== undefined
  const timed = lags.filter(({ feed }) => isTimed(feed))
  const keepsTimes = timed.length > 0
  const placed = keepsTimes ? timed : lags
  const videoLagMs = keepsTimes ? 0 : Math.max(0, ...placed.map(({ lagMs }) => -lagMs!))
  const ownAudio = found.ownAudio === undefined ? [] : ['a?']
  const ofVideo: CopyInput = {
    container: video.start.container,
    bytes: video.bytes,
    tracks: ['V:0?', ...ownAudio],
    offsetSeconds: videoLagMs / 1000,
    language: found.ownAudio?.language,
  }
  const ofAudio = placed.map(({ feed: { side, start, bytes }, lagMs }): CopyInput => {
    const offsetSeconds = keepsTimes ? (start.clockTicks ?? 0) / TICKS_PER_SECOND : (videoLagMs + lagMs!) / 1000
    return {
      container: start.container,
      bytes,
      tracks: ['a:0?'],
      offsetSeconds,
      language: found.audio[side - 1]?.language,
    }
  })
  for (const { bytes } of audio) if (!ofAudio.some((input) => input.bytes === bytes)) bytes.resume()
  return { inputs: placed.length === 0 ? undefined : [ofVideo, ...ofAudio], keepsTimes }
}

/**
 * How much later than its video the audio of a run begins, as far as its bytes do not say so: by
 * the dates of the playlists, or in a VOD by the media before it. Media sequence numbers prove
 * nothing (RFC 8216 section 4.3.3.2). Undefined: unknown.
 */
function lagOfAudio({ start: video }: RunFeed, { start: audio }: RunFeed): number | undefined {
  if (audio.container !== 'audio' || audio.clockTicks !== undefined) return 0
  const lagMs = lagOf(audio.place.dateMs, video.place.dateMs) ?? lagOf(audio.place.vodMs, video.place.vodMs)
  return lagMs !== undefined && Math.abs(lagMs) <= MAX_APART_MS ? lagMs : undefined
}

function lagOf(laterMs: number | undefined, thanMs: number | undefined): number | undefined {
  return laterMs === undefined || thanMs === undefined ? undefined : laterMs - thanMs
}

function createReaders(found: FoundMedia, session: HlsSession): Reader[] {
  const { requests } = session
  const sources = [found.media, ...found.audio]
  const targetsMs = sources.map(() => 0)
  const onTarget = (side: Side) => (targetMs: number) => {
    targetsMs[side] = targetMs
    session.onTarget(Math.max(...targetsMs))
  }
  const restart = async (): Promise<void> => {
    const again = await findAgain(session, found)
    for (const [side, source] of [again.media, ...again.audio].entries()) readers[side]?.playlist.take(source)
  }
  const video = createMediaPlaylistReader(found.media, { requests, restart, onTarget: onTarget(0) })
  const readers: Reader[] = [{ side: 0, playlist: video, mediaMs: 0, isOver: false }]
  for (const [index, source] of found.audio.entries()) {
    const side = index + 1
    // One segment more than the video: early audio costs nothing, late audio would be silence.
    const leastMs = video.pendingMs() + source.playlist.targetMs
    const playlist = createMediaPlaylistReader(source, { requests, restart, onTarget: onTarget(side), leastMs })
    readers.push({ side, playlist, mediaMs: video.pendingMs() - playlist.pendingMs(), isOver: false })
  }
  return readers
}

async function readAll(
  readers: readonly Reader[],
  { feeds, signal, url }: { readonly feeds: SegmentRunFeeds; readonly signal: AbortSignal; readonly url: string },
): Promise<void> {
  while (readers.some(({ isOver }) => !isOver)) {
    const [next] = readers
      .filter(({ side, isOver }) => !isOver && !feeds.isFull(side))
      .map((reader) => ({ reader, step: reader.playlist.next() }))
      .sort((one, other) => pauseMs(one.step) - pauseMs(other.step) || one.reader.mediaMs - other.reader.mediaMs)
    if (next === undefined || pauseMs(next.step) > 0) {
      const waitMs = Math.min(NAP_MS, next === undefined ? NAP_MS : pauseMs(next.step))
      await sleep(waitMs, undefined, { signal })
      continue
    }
    const { reader, step } = next
    if (step.do === 'end') {
      reader.isOver = true
      feeds.endSide(reader.side)
    }
    for await (const piece of reader.playlist.carryOut(step)) {
      if (signal.aborted) throw upstreamError('aborted', url)
      if (!Buffer.isBuffer(piece)) reader.mediaMs += piece.durationMs
      feeds.give(reader.side, piece)
      if (feeds.isTooMuch(reader.side)) throw upstreamError('too-large', url)
      // In mid-segment too; unless ffmpeg waits for the other side, which has to come over the same
      // connection.
      while (feeds.isFull(reader.side) && !feeds.isStarving(reader.side)) await sleep(NAP_MS, undefined, { signal })
    }
  }
  if (readers.some(({ playlist }) => playlist.isVod)) throw upstreamError('hls-finished', url)
}

function pauseMs(step: HlsStep): number {
  return 'inMs' in step ? step.inMs : 0
}
