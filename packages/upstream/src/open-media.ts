import { Readable } from 'node:stream'
import { parsePlaylist, type VariantLimits } from '@kptv/hls'
import { createPacketAligner } from '@kptv/mpegts'
import { readAddressList } from './address-list.ts'
import { type CopyInput, copyStreams } from './ffmpeg/copy-streams.ts'
import type { Ffmpeg } from './ffmpeg/find-ffmpeg.ts'
import { fileExtensionOf } from './file-answer.ts'
import { createHlsRequests, type PlaylistDocument, readPlaylist } from './hls/hls-requests.ts'
import { playHls } from './hls/play-hls.ts'
import { openListed } from './open-listed.ts'
import { type MediaPiece, NEW_INPUT, type OpenedStream, type OpenStreamRequest, openAnswer } from './open-stream.ts'
import { LEAD_MS, pace } from './pace.ts'
import { createRequestSession } from './request-session.ts'
import { sniffAnswer } from './sniff-answer.ts'
import type { ContentKind } from './sniff-content.ts'
import { upstreamError } from './upstream-error.ts'

export type OpenMediaRequest = OpenStreamRequest & {
  readonly variantLimits: VariantLimits
  /** For streams that are not a transport stream; without it, those are refused. */
  readonly ffmpeg: Ffmpeg | undefined
  /**
   * Checked all the time: the media that comes now was already played from another connection, so
   * it may come at any speed.
   */
  readonly isRepeated?: (() => boolean) | undefined
  /** How long after the response header the first byte may come; unset: the caller decides. */
  readonly firstByteMs?: number | undefined
  /**
   * Called with the usual extension of such files if the answer is a VOD, which is then not read
   * but fails as `single-file`. Without it, such an answer passes like any other.
   */
  readonly onFile?: ((extension: string) => void) | undefined
  /** How many lists have led here. */
  readonly listDepth?: number
}

/**
 * Connects to a stream and sniffs its body. HLS becomes one transport stream at the pace of its own
 * clock, with marks where something new begins; so do radio and FLV, through ffmpeg. A list of
 * addresses is followed. Any other body passes unchanged. At no time is more than one socket open
 * for it. Body, `close` and errors are those of `openAnswer`.
 *
 * @throws UpstreamError
 */
export async function openMedia(request: OpenMediaRequest): Promise<OpenedStream> {
  const ending = new AbortController()
  const signal = AbortSignal.any([request.signal, ending.signal])
  const session = request.session ?? createRequestSession()
  const inner: OpenMediaRequest = { ...request, signal, session }
  const answer = await openAnswer({ ...inner, isMedia: true })
  const requests = createHlsRequests(inner)
  let listing: Promise<OpenedStream> | undefined
  let listed: OpenedStream | undefined
  let patienceMs: number | undefined
  /** The body passes as the server sent it. */
  let isPlain = false
  let takenBytes = 0

  async function* media(): AsyncGenerator<MediaPiece> {
    const { head, kind, rest, isBare } = await sniffAnswer(answer, request)
    const extension = request.onFile && fileExtensionOf(answer.headers, kind)
    if (extension !== undefined) {
      request.onFile?.(extension)
      throw upstreamError('single-file', answer.finalUrl)
    }
    if (kind === 'hls' || kind === 'address-list') {
      const document = await readPlaylist({ ...answer, body: rest }, [head])
      await answer.close()
      const addresses = kind === 'hls' ? channelsIn(document) : readAddressList(document.text)
      if (addresses === undefined) return yield* playSegments(document)
      listing = openListed(addresses, { request: inner, base: document.url, openHttp: openMedia })
      listed = await listing
      for await (const piece of listed.body) yield piece as MediaPiece
      return
    }
    async function* bytes(): AsyncGenerator<Buffer> {
      if (head.length > 0) yield head
      for await (const chunk of rest) yield chunk as Buffer
    }
    const container = COPIED[kind]
    if (container === undefined || request.ffmpeg === undefined) {
      isPlain = isBare
      yield* bytes()
    } else yield* copied({ container, bytes: bytes(), tracks: ['V:0?', 'a?'] }, { ...inner, ffmpeg: request.ffmpeg })
  }

  function playSegments(document: PlaylistDocument): AsyncGenerator<MediaPiece> {
    const { variantLimits: limits, ffmpeg, isRepeated } = request
    const onTarget = (targetMs: number): void => {
      patienceMs = LEAD_MS + 2 * targetMs + LATE_MS
    }
    const play = { request: inner, requests, limits, ffmpeg, onTarget, failedVariants: new Set<string>() }
    return pace(playHls(document, play), { signal, isRepeated })
  }

  const body = Readable.from(media(), { objectMode: true, highWaterMark: 1 })
  // A late error without any reader must not end the process.
  body.on('error', () => {})
  const ended = Promise.withResolvers<void>()
  const end = async (): Promise<void> => {
    ending.abort()
    body.destroy()
    await answer.close()
    await requests.close()
    await listing?.then((stream) => stream.close()).catch(() => {})
    ended.resolve()
  }
  body.once('close', () => void end())
  return {
    body,
    contentType: answer.headers['content-type'],
    patienceMs: () => listed?.patienceMs?.() ?? patienceMs,
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

/** A late playlist may be silent for longer than other streams. */
const LATE_MS = 5_000

/** The kinds of content that ffmpeg turns into a transport stream. */
const COPIED: Partial<Record<ContentKind, CopyInput['container']>> = { 'mpeg-audio': 'audio', ogg: 'ogg', flv: 'flv' }

async function* copied(
  input: CopyInput,
  { ffmpeg, url, signal, isRepeated }: OpenMediaRequest & { readonly ffmpeg: Ffmpeg },
): AsyncGenerator<MediaPiece> {
  async function* packets(): AsyncGenerator<MediaPiece> {
    // ffmpeg restarts the clock with each connection.
    yield NEW_INPUT
    const aligner = createPacketAligner()
    for await (const chunk of copyStreams([input], { ffmpeg, url, signal })) {
      const whole = aligner.push(chunk)
      if (whole.length > 0) yield whole
    }
  }
  yield* pace(packets(), { signal, isRepeated })
}

/** The first few addresses are enough. */
const LISTED_LENGTH = 64 * 1024

/**
 * The addresses in a playlist that lists channels, not segments; undefined for one that HLS can
 * play.
 */
function channelsIn({ text }: PlaylistDocument): readonly string[] | undefined {
  const parsed = text.includes('#EXT-X-') ? undefined : parsePlaylist(text.slice(0, LISTED_LENGTH))
  return parsed?.kind === 'list' ? parsed.uris : undefined
}
