import {
  type Following,
  type HlsStep,
  nextStep,
  noteFetched,
  notePassedOver,
  notePlaylistFailed,
  notePlaylistUnchanged,
  noteSegmentFailed,
  pendingMs,
  startFollowing,
  takePlaylist,
} from '@kptv/hls'
import { toUpstreamError, type UpstreamError, upstreamError } from '../upstream-error.ts'
import type { HlsRequests } from './hls-requests.ts'
import { type HlsSource, reloadMedia } from './hls-source.ts'
import { createSegmentReader } from './segment-bytes.ts'
import { type SegmentPiece, startSegment } from './segment-piece.ts'

/** One media playlist that is being followed. */
export type MediaPlaylistReader = ReturnType<typeof createMediaPlaylistReader>

type ReaderOptions = {
  readonly requests: HlsRequests
  /** Asks again from the catalogue's address on, and gives what it finds to `take`. */
  readonly restart: () => Promise<void>
  /** Called whenever it may have changed: how long a good playlist may go without a new segment. */
  readonly onTarget: (targetMs: number) => void
  /** It starts at least this much media before the end of the first playlist. */
  readonly leastMs?: number
}

type Fetch = Extract<HlsStep, { readonly do: 'fetch' }>

const monotonicMs = (): number => performance.now()

/** `@kptv/hls` decides the next request, this class carries it out. */
export function createMediaPlaylistReader(first: HlsSource, { requests, restart, onTarget, leastMs }: ReaderOptions) {
  const segments = createSegmentReader(requests)
  /** Nothing will be added, known from the start. */
  const isVod = first.playlist.isComplete
  let following: Following = startFollowing(monotonicMs(), leastMs)
  let source = first
  let playlistFailure: UpstreamError | undefined
  /**
   * Bytes of the current segment that were already passed on, in case it must be requested again.
   */
  let given = { sequence: -1, bytes: 0 }
  let isFirst = true

  /** Another playlist of the same media, from a reload or from the catalogue's address. */
  function take(newer: HlsSource): void {
    source = newer
    following = takePlaylist(following, source.playlist, monotonicMs())
    onTarget(source.playlist.targetMs)
    playlistFailure = undefined
  }

  async function reload(): Promise<void> {
    const newer = await reloadMedia(source, requests)
    if (newer === undefined) following = notePlaylistUnchanged(following, monotonicMs())
    else take(newer)
  }

  async function ask(reloadOrRestart: () => Promise<void>): Promise<void> {
    try {
      await reloadOrRestart()
    } catch (error) {
      playlistFailure = toUpstreamError(error, source.document.url)
      if (isFinal(playlistFailure)) throw playlistFailure
      following = notePlaylistFailed(following, isRefusal(playlistFailure) ? 'refused' : 'passing', monotonicMs())
    }
  }

  async function* fetch({ segment, isNewInput }: Fetch): AsyncGenerator<SegmentPiece> {
    if (given.sequence !== segment.sequence) given = { sequence: segment.sequence, bytes: 0 }
    const base = source.document.url
    const header = segment.map && (await segments.header(segment.map, segment, base))
    const { durationMs, dateMs, isDiscontinuous } = segment
    const place = { dateMs, vodMs: isVod ? segment.beginMs : undefined }
    const about = {
      place,
      durationMs,
      isNewInput: isNewInput && !isFirst,
      isDiscontinuous: isDiscontinuous && !isFirst,
    }
    let toSkip = given.bytes
    let head: Buffer | undefined = given.bytes === 0 ? Buffer.alloc(0) : undefined
    for await (const chunk of segments.read(segment, base)) {
      const fresh = chunk.subarray(toSkip)
      toSkip -= chunk.length - fresh.length
      const bytes = head === undefined ? fresh : Buffer.concat([head, fresh])
      if (head !== undefined) {
        head = bytes
        const start = startSegment(head, { header, url: base, isComplete: false })
        if (start === undefined) continue
        isFirst = false
        yield { ...start, ...about }
        head = undefined
      }
      given.bytes += bytes.length
      if (bytes.length > 0) yield bytes
    }
    if (head !== undefined) {
      const start = startSegment(head, { header, url: base, isComplete: true })!
      isFirst = false
      yield { ...start, ...about }
      given.bytes += head.length
      yield head
    }
  }

  take(first)

  return {
    isVod,
    take,
    /** Listed, but not fetched yet. */
    pendingMs: () => pendingMs(following),
    next: (): HlsStep => nextStep(following, monotonicMs()),

    /**
     * At once; a pause before it is the caller's. It must be read to its end: there is one
     * connection.
     *
     * @throws UpstreamError when no more media is available
     */
    async *carryOut(step: HlsStep): AsyncGenerator<SegmentPiece> {
      if (step.do === 'fail') throw tellingFailure(playlistFailure) ?? upstreamError(step.code, source.document.url)
      if (step.do === 'reload') await ask(reload)
      if (step.do === 'restart') await ask(restart)
      if (step.do === 'pass-over') following = notePassedOver(following)
      if (step.do !== 'fetch') return
      try {
        yield* fetch(step)
        following = noteFetched(following)
      } catch (error) {
        const failure = toUpstreamError(error, source.document.url)
        if (isFinal(failure)) throw failure
        following = noteSegmentFailed(following, isRefusal(failure) ? 'refused' : 'passing', monotonicMs())
      }
    },
  }
}

/** A second try would not change it. */
function isFinal({ code, failureClass }: UpstreamError): boolean {
  return failureClass === 'blocked' || FINAL.has(code)
}

const FINAL = new Set<string>([
  'aborted',
  'total-timeout',
  'too-large',
  'inflates-too-much',
  'hls-bad-key',
  'hls-bad-range',
  'hls-encryption',
  'hls-audio-needs-ffmpeg',
  'needs-ffmpeg',
])

/**
 * The failure of a playlist explains more than that it did not grow; a page in its place explains
 * nothing.
 */
function tellingFailure(failure: UpstreamError | undefined): UpstreamError | undefined {
  return failure?.failureClass === 'not-media' ? undefined : failure
}

/** The response to an expired token, and to a missing resource. */
function isRefusal({ status }: UpstreamError): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410
}
