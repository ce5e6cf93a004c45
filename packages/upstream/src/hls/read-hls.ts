import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Following,
  type HlsStep,
  nextStep,
  noteFetched,
  notePassedOver,
  notePlaylistFailed,
  notePlaylistUnchanged,
  noteSegmentFailed,
  startFollowing,
  takePlaylist,
  type VariantLimits,
} from '@kptv/hls'
import type { OpenStreamRequest } from '../open-stream.ts'
import { toUpstreamError, type UpstreamError, upstreamError } from '../upstream-error.ts'
import type { HlsRequests, PlaylistDocument } from './hls-requests.ts'
import { findMedia, reloadMedia } from './hls-source.ts'
import { createSegmentReader } from './segment-bytes.ts'
import { type SegmentPiece, startSegment } from './segment-piece.ts'

export type HlsSession = {
  readonly request: OpenStreamRequest
  readonly requests: HlsRequests
  readonly limits: VariantLimits
  /** Told whenever it may have changed: how long a good playlist may be without anything new. */
  readonly onTarget: (targetMs: number) => void
}

type Fetch = Extract<HlsStep, { do: 'fetch' }>

/**
 * The segments of a stream, one after the other, for as long as it lasts. Requests follow one another; what to ask for next is decided
 * in `@kptv/hls`, here it is done.
 *
 * @throws UpstreamError when there is nothing more to be had
 */
export async function* readHls(first: PlaylistDocument, session: HlsSession): AsyncGenerator<SegmentPiece> {
  const { request, requests, limits, onTarget } = session
  const { signal } = request
  const catalogueUrl = new URL(request.url)
  const now = (): number => performance.now()
  const segments = createSegmentReader(requests)
  let following: Following = startFollowing(now())
  let source = await findMedia(first, requests, limits)
  const isFilm = source.playlist.isComplete
  let playlistFailure: UpstreamError | undefined
  /** Of the segment that is being fetched: what was given out already, should it have to be asked for again. */
  let given = { sequence: -1, bytes: 0 }
  let isFirst = true

  const take = (): void => {
    following = takePlaylist(following, source.playlist, now())
    onTarget(source.playlist.targetMs)
    playlistFailure = undefined
  }

  async function reload(): Promise<void> {
    const newer = await reloadMedia(source, requests)
    if (newer === undefined) following = notePlaylistUnchanged(following, now())
    else {
      source = newer
      take()
    }
  }

  async function restart(): Promise<void> {
    const document = (await requests.playlist(catalogueUrl))!
    source = await findMedia(document, requests, limits)
    take()
  }

  async function ask(reloadOrRestart: () => Promise<void>): Promise<void> {
    try {
      await reloadOrRestart()
    } catch (error) {
      playlistFailure = toUpstreamError(error, source.document.url)
      if (isFinal(playlistFailure)) throw playlistFailure
      following = notePlaylistFailed(following, isRefusal(playlistFailure) ? 'refused' : 'passing', now())
    }
  }

  async function* fetch({ segment, isNewInput }: Fetch): AsyncGenerator<SegmentPiece> {
    if (given.sequence !== segment.sequence) given = { sequence: segment.sequence, bytes: 0 }
    const base = source.document.url
    const header = segment.map && (await segments.header(segment.map, segment, base))
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
        yield { ...start, isNewInput: isNewInput && !isFirst }
        isFirst = false
        head = undefined
      }
      given.bytes += bytes.length
      if (bytes.length > 0) yield bytes
    }
    if (head !== undefined) {
      yield { ...startSegment(head, { header, url: base, isComplete: true })!, isNewInput: isNewInput && !isFirst }
      isFirst = false
      given.bytes += head.length
      yield head
    }
  }

  take()
  for (;;) {
    const step = nextStep(following, now())
    if ('inMs' in step && step.inMs > 0) await sleep(step.inMs, undefined, { signal })
    if (step.do === 'end' && isFilm) throw upstreamError('hls-finished', catalogueUrl)
    if (step.do === 'end') return
    if (step.do === 'fail') throw tellingFailure(playlistFailure) ?? upstreamError(step.code, source.document.url)
    if (step.do === 'reload') await ask(reload)
    if (step.do === 'restart') await ask(restart)
    if (step.do === 'pass-over') following = notePassedOver(following)
    if (step.do !== 'fetch') continue
    try {
      yield* fetch(step)
      following = noteFetched(following)
    } catch (error) {
      const failure = toUpstreamError(error, source.document.url)
      if (isFinal(failure)) throw failure
      following = noteSegmentFailed(following, isRefusal(failure) ? 'refused' : 'passing', now())
    }
  }
}

/** Nothing that a second try could change. */
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
  'needs-ffmpeg',
])

/** Why a playlist could not be had says more than that it did not grow; a page in its place says nothing. */
function tellingFailure(failure: UpstreamError | undefined): UpstreamError | undefined {
  return failure?.failureClass === 'not-media' ? undefined : failure
}

/** What an expired token looks like; also what is simply not there. */
function isRefusal({ status }: UpstreamError): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410
}
