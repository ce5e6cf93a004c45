import { Readable } from 'node:stream'
import type { VariantLimits } from '@kptv/hls'
import type { Ffmpeg } from './ffmpeg/find-ffmpeg.ts'
import type { FinalAnswer } from './follow-redirects.ts'
import { createHlsRequests, readPlaylist } from './hls/hls-requests.ts'
import { playHls } from './hls/play-hls.ts'
import { isGzip } from './inflate-list.ts'
import { type MediaPiece, NEW_INPUT, type OpenedStream, type OpenStreamRequest, openAnswer } from './open-stream.ts'
import { LEAD_MS, pace } from './pace.ts'
import { sniffContent } from './sniff-content.ts'
import { upstreamError } from './upstream-error.ts'

export type OpenMediaRequest = OpenStreamRequest & {
  readonly variantLimits: VariantLimits
  /** For what is no transport stream; without it, that is refused. */
  readonly ffmpeg: Ffmpeg | undefined
  /** Asked all the time: what comes now was played before, by way of another connection, so it may come as fast as it can. */
  readonly isRepeated?: (() => boolean) | undefined
  /** How long after the answer's header its first byte may come; unset: the caller judges that. */
  readonly firstByteMs?: number | undefined
}

/**
 * Connects to a stream, and looks at what comes. HLS, told by its content, comes out as one transport stream at the pace of its own clock, with marks where
 * something new begins; all else comes out as it is. At no time is more than one socket open for it. Body, `close` and errors are those of `openStream`.
 *
 * @throws UpstreamError
 */
export async function openMedia(request: OpenMediaRequest): Promise<OpenedStream> {
  const ending = new AbortController()
  const signal = AbortSignal.any([request.signal, ending.signal])
  const answer = await openAnswer({ ...request, signal, isMedia: true })
  const requests = createHlsRequests({ ...request, signal })
  let patienceMs: number | undefined
  /** What comes is handed on as it is. */
  let isPlain = false
  let takenBytes = 0

  async function* media(): AsyncGenerator<MediaPiece> {
    const { head, isPlaylist, rest } = await lookAt(answer, request)
    if (!isPlaylist) {
      isPlain = true
      if (head.length > 0) yield head
      for await (const chunk of rest) yield chunk
      return
    }
    const document = await readPlaylist({ ...answer, body: rest }, [head])
    await answer.close()
    const onTarget = (targetMs: number): void => {
      patienceMs = LEAD_MS + 2 * targetMs + LATE_MS
    }
    const { variantLimits: limits, ffmpeg, isRepeated } = request
    const session = { request: { ...request, signal }, requests, limits, ffmpeg, onTarget }
    yield* pace(playHls(document, session), { signal, isRepeated })
  }

  const body = Readable.from(media(), { objectMode: true, highWaterMark: 1 })
  // A late error, after everybody has left, must not end the process.
  body.on('error', () => {})
  const ended = Promise.withResolvers<void>()
  const end = async (): Promise<void> => {
    ending.abort()
    body.destroy()
    await answer.close()
    await requests.close()
    ended.resolve()
  }
  body.once('close', () => void end())
  return {
    body,
    contentType: answer.headers['content-type'],
    patienceMs: () => patienceMs,
    divert: (take) => {
      body.on('data', (piece: MediaPiece) => {
        takenBytes += piece === NEW_INPUT ? 0 : piece.length
      })
      answer.divert?.(take, () => (isPlain ? takenBytes : Number.NaN))
    },
    close: async () => {
      await end()
      await ended.promise
    },
    closed: ended.promise,
  }
}

/** Of a playlist that comes late there may be nothing new for longer than of other streams. */
const LATE_MS = 5_000

type Look = { readonly head: Buffer; readonly isPlaylist: boolean; readonly rest: Readable }

/** Reads as far as it takes to tell. Compressed text is a playlist here: media is never compressed. */
async function lookAt({ body, headers }: FinalAnswer, { url, firstByteMs }: OpenMediaRequest): Promise<Look> {
  const contentType = headers['content-type']
  let head = Buffer.alloc(0)
  const chunks = body.iterator({ destroyOnReturn: false })
  const giveUp = () => body.destroy(upstreamError('idle-timeout', url))
  const timer = firstByteMs === undefined ? undefined : setTimeout(giveUp, firstByteMs)
  body.once('close', () => clearTimeout(timer))
  for await (const chunk of chunks) {
    clearTimeout(timer)
    head = Buffer.concat([head, chunk as Buffer])
    const kind = isGzip(head) ? 'hls' : sniffContent(head, { contentType })
    if (kind !== 'unknown-yet') return { head, isPlaylist: kind === 'hls', rest: body }
  }
  return { head, isPlaylist: sniffContent(head, { contentType, complete: true }) === 'hls', rest: Readable.from([]) }
}
