import { setTimeout as sleep } from 'node:timers/promises'
import type { HlsStep } from '@kptv/hls'
import { createPacketAligner } from '@kptv/mpegts'
import { type MuxInput, mux } from '../ffmpeg/mux.ts'
import { type MediaPiece, NEW_INPUT } from '../media-piece.ts'
import { upstreamError } from '../upstream-error.ts'
import type { HlsSession } from './hls-session.ts'
import { type FoundMedia, findAgain, type HlsSource } from './hls-source.ts'
import { createRendition, type Rendition } from './rendition.ts'
import { createStretchFeeds, type Side, type Stretch, type StretchFeed } from './stretch-feeds.ts'

/** How long nothing is looked at while both sides wait: for their time, or for ffmpeg. */
const NAP_MS = 100
/** Dates that are farther apart are of different clocks. */
const MAX_APART_MS = 120_000

type Reader = { readonly side: Side; readonly rendition: Rendition; mediaMs: number; isOver: boolean }

/**
 * Pictures and sound of two playlists as one transport stream. All requests go over the one connection, one after the other: whichever playlist is due
 * first, and of those due, the one that is behind. ffmpeg gets the bytes of both and opens nothing.
 *
 * @throws UpstreamError `hls-audio-untimed`: nothing says where the sound belongs; else when there is nothing more to be had of one of them, after all that came before
 */
export async function* joinSound(
  { media, sound }: FoundMedia & { sound: HlsSource },
  session: HlsSession,
): AsyncGenerator<MediaPiece> {
  const { request, ffmpeg } = session
  if (ffmpeg === undefined) throw upstreamError('hls-audio-needs-ffmpeg', request.url)
  const over = new AbortController()
  const signal = AbortSignal.any([request.signal, over.signal])
  const feeds = createStretchFeeds()
  const readers = createReaders({ media, sound }, session)
  const failures: unknown[] = []
  const reading = readBoth(readers, { feeds, signal, url: request.url })
    .catch((error: unknown) => void failures.push(error))
    .finally(() => feeds.end())
  try {
    for await (const stretch of feeds.stretches()) {
      const soundLagMs = lagOfSound(stretch)
      if (soundLagMs === undefined) throw upstreamError('hls-audio-untimed', request.url)
      // ffmpeg lets the clock begin anew with each stretch.
      yield NEW_INPUT
      const aligner = createPacketAligner()
      for await (const chunk of mux(inputsOf(stretch), { ffmpeg, url: request.url, signal, soundLagMs })) {
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

function inputsOf({ picture, sound }: Stretch): { picture: MuxInput; sound: MuxInput } {
  const inputOf = ({ start: { container, clockTicks }, bytes }: StretchFeed) => ({ container, clockTicks, bytes })
  return { picture: inputOf(picture), sound: inputOf(sound) }
}

/**
 * How much later than its pictures the sound of a stretch begins, as far as its bytes do not say so: by the dates of the playlists, else in a film by
 * what comes before. Media sequence numbers prove nothing (RFC 8216 section 4.3.3.2). Undefined: nobody knows.
 */
function lagOfSound({ picture: { start: picture }, sound: { start: sound } }: Stretch): number | undefined {
  if (sound.container !== 'audio' || sound.clockTicks !== undefined) return 0
  const lagMs = lagOf(sound.place.dateMs, picture.place.dateMs) ?? lagOf(sound.place.filmMs, picture.place.filmMs)
  return lagMs !== undefined && Math.abs(lagMs) <= MAX_APART_MS ? lagMs : undefined
}

function lagOf(laterMs: number | undefined, thanMs: number | undefined): number | undefined {
  return laterMs === undefined || thanMs === undefined ? undefined : laterMs - thanMs
}

function createReaders({ media, sound }: { media: HlsSource; sound: HlsSource }, session: HlsSession): Reader[] {
  const { requests } = session
  const targetsMs = { picture: 0, sound: 0 }
  const onTarget = (side: Side) => (targetMs: number) => {
    targetsMs[side] = targetMs
    session.onTarget(Math.max(targetsMs.picture, targetsMs.sound))
  }
  const restart = async (): Promise<void> => {
    const found = await findAgain(session, { hasSound: true })
    pictures.take(found.media)
    sounds.take(found.sound!)
  }
  const pictures = createRendition(media, { requests, restart, onTarget: onTarget('picture') })
  // A segment more than the pictures have: what is too early costs nothing, what is too late would be silence.
  const leastMs = pictures.pendingMs() + sound.playlist.targetMs
  const sounds = createRendition(sound, { requests, restart, onTarget: onTarget('sound'), leastMs })
  return [
    { side: 'picture', rendition: pictures, mediaMs: 0, isOver: false },
    { side: 'sound', rendition: sounds, mediaMs: pictures.pendingMs() - sounds.pendingMs(), isOver: false },
  ]
}

async function readBoth(
  readers: readonly Reader[],
  { feeds, signal, url }: { feeds: ReturnType<typeof createStretchFeeds>; signal: AbortSignal; url: string },
): Promise<void> {
  while (readers.some(({ isOver }) => !isOver)) {
    const [next] = readers
      .filter(({ side, isOver }) => !isOver && !feeds.isFull(side))
      .map((reader) => ({ reader, step: reader.rendition.next() }))
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
    for await (const piece of reader.rendition.carryOut(step)) {
      if (signal.aborted) throw upstreamError('aborted', url)
      if (!Buffer.isBuffer(piece)) reader.mediaMs += piece.durationMs
      feeds.give(reader.side, piece)
      if (feeds.isTooMuch(reader.side)) throw upstreamError('too-large', url)
      // In mid-segment too; unless ffmpeg waits for the other side, which has to come over the same connection.
      while (feeds.isFull(reader.side) && !feeds.isStarving(reader.side)) await sleep(NAP_MS, undefined, { signal })
    }
  }
  if (readers.some(({ rendition }) => rendition.isFilm)) throw upstreamError('hls-finished', url)
}

function pauseMs(step: HlsStep): number {
  return 'inMs' in step ? step.inMs : 0
}
