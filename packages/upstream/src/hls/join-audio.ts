import { setTimeout as sleep } from 'node:timers/promises'
import type { HlsStep } from '@kptv/hls'
import { createPacketAligner } from '@kptv/mpegts'
import { type MuxInput, mux } from '../ffmpeg/mux.ts'
import { type MediaPiece, NEW_INPUT } from '../open-stream.ts'
import { upstreamError } from '../upstream-error.ts'
import { type FoundMedia, findAgain, type HlsSession, type HlsSource } from './hls-source.ts'
import { createMediaPlaylistReader, type MediaPlaylistReader } from './media-playlist-reader.ts'
import { createSegmentRunFeeds, type RunFeed, type SegmentRun, type Side } from './segment-run-feeds.ts'

/** How long nothing is looked at while both sides wait: for their time, or for ffmpeg. */
const NAP_MS = 100
/** Dates that are farther apart are of different clocks. */
const MAX_APART_MS = 120_000

type Reader = { readonly side: Side; readonly playlist: MediaPlaylistReader; mediaMs: number; isOver: boolean }

/**
 * Video and audio of two playlists as one transport stream. All requests go over the one connection, one after the other: whichever playlist is due
 * first, and of those due, the one that is behind. ffmpeg gets the bytes of both and opens nothing.
 *
 * @throws UpstreamError `hls-audio-untimed`: nothing says where the audio belongs; else when there is nothing more to be had of one of them, after all that came before
 */
export async function* joinAudio(
  { media, audio }: FoundMedia & { audio: HlsSource },
  session: HlsSession,
): AsyncGenerator<MediaPiece> {
  const { request, ffmpeg } = session
  if (ffmpeg === undefined) throw upstreamError('hls-audio-needs-ffmpeg', request.url)
  const over = new AbortController()
  const signal = AbortSignal.any([request.signal, over.signal])
  const feeds = createSegmentRunFeeds()
  const readers = createReaders({ media, audio }, session)
  const failures: unknown[] = []
  const reading = readBoth(readers, { feeds, signal, url: request.url })
    .catch((error: unknown) => void failures.push(error))
    .finally(() => feeds.end())
  try {
    for await (const run of feeds.runs()) {
      const audioLagMs = lagOfAudio(run)
      if (audioLagMs === undefined) throw upstreamError('hls-audio-untimed', request.url)
      // ffmpeg lets the clock begin anew with each run.
      yield NEW_INPUT
      const aligner = createPacketAligner()
      for await (const chunk of mux(inputsOf(run), { ffmpeg, url: request.url, signal, audioLagMs })) {
        const packets = aligner.push(chunk)
        if (packets.length > 0) yield packets
      }
    }
    await reading
    if (failures.length > 0) throw failures[0]
  } catch (error) {
    // That ffmpeg could do nothing with what there was says less than why there was no more.
    throw failures[0] ?? error
  } finally {
    over.abort()
    // What is being asked for is of no use any more; nobody waits for the provider.
    session.requests.abort()
    feeds.end()
    await reading
  }
}

function inputsOf({ video, audio }: SegmentRun): { video: MuxInput; audio: MuxInput } {
  const inputOf = ({ start: { container, clockTicks }, bytes }: RunFeed) => ({ container, clockTicks, bytes })
  return { video: inputOf(video), audio: inputOf(audio) }
}

/**
 * How much later than its video the audio of a run begins, as far as its bytes do not say so: by the dates of the playlists, else in a VOD by
 * what comes before. Media sequence numbers prove nothing (RFC 8216 section 4.3.3.2). Undefined: nobody knows.
 */
function lagOfAudio({ video: { start: video }, audio: { start: audio } }: SegmentRun): number | undefined {
  if (audio.container !== 'audio' || audio.clockTicks !== undefined) return 0
  const lagMs = lagOf(audio.place.dateMs, video.place.dateMs) ?? lagOf(audio.place.vodMs, video.place.vodMs)
  return lagMs !== undefined && Math.abs(lagMs) <= MAX_APART_MS ? lagMs : undefined
}

function lagOf(laterMs: number | undefined, thanMs: number | undefined): number | undefined {
  return laterMs === undefined || thanMs === undefined ? undefined : laterMs - thanMs
}

function createReaders(found: { media: HlsSource; audio: HlsSource }, session: HlsSession): Reader[] {
  const { requests } = session
  const targetsMs = { video: 0, audio: 0 }
  const onTarget = (side: Side) => (targetMs: number) => {
    targetsMs[side] = targetMs
    session.onTarget(Math.max(targetsMs.video, targetsMs.audio))
  }
  const restart = async (): Promise<void> => {
    const again = await findAgain(session, { hasAudio: true })
    video.take(again.media)
    audio.take(again.audio!)
  }
  const video = createMediaPlaylistReader(found.media, { requests, restart, onTarget: onTarget('video') })
  // A segment more than the video has: what is too early costs nothing, what is too late would be silence.
  const leastMs = video.pendingMs() + found.audio.playlist.targetMs
  const audio = createMediaPlaylistReader(found.audio, { requests, restart, onTarget: onTarget('audio'), leastMs })
  return [
    { side: 'video', playlist: video, mediaMs: 0, isOver: false },
    { side: 'audio', playlist: audio, mediaMs: video.pendingMs() - audio.pendingMs(), isOver: false },
  ]
}

async function readBoth(
  readers: readonly Reader[],
  { feeds, signal, url }: { feeds: ReturnType<typeof createSegmentRunFeeds>; signal: AbortSignal; url: string },
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
      // In mid-segment too; unless ffmpeg waits for the other side, which has to come over the same connection.
      while (feeds.isFull(reader.side) && !feeds.isStarving(reader.side)) await sleep(NAP_MS, undefined, { signal })
    }
  }
  if (readers.some(({ playlist }) => playlist.isVod)) throw upstreamError('hls-finished', url)
}

function pauseMs(step: HlsStep): number {
  return 'inMs' in step ? step.inMs : 0
}
