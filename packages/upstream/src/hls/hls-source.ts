import { chooseVariants, type MediaPlaylist, parsePlaylist, type Variant, type VariantLimits } from '@kptv/hls'
import { resolveUrl } from '../check-url.ts'
import type { Ffmpeg } from '../ffmpeg/find-ffmpeg.ts'
import type { OpenStreamRequest } from '../open-stream.ts'
import { UpstreamError, upstreamError } from '../upstream-error.ts'
import type { HlsRequests, PlaylistDocument } from './hls-requests.ts'

/** One attempt to play an HLS stream: what all its parts need. */
export type HlsSession = {
  readonly request: OpenStreamRequest
  readonly requests: HlsRequests
  readonly limits: VariantLimits
  /** For what is no transport stream, and for audio in a playlist of its own; without it, that is refused. */
  readonly ffmpeg: Ffmpeg | undefined
  /** Told whenever it may have changed: how long a good playlist may be without anything new. */
  readonly onTarget: (targetMs: number) => void
}

/** A media playlist, and where to ask for it again: the last address of its redirects, so that one server answers. */
export type HlsSource = { readonly playlist: MediaPlaylist; readonly document: PlaylistDocument }

/** What is played: one playlist, or two that belong together. */
export type FoundMedia = { readonly media: HlsSource; readonly audio: HlsSource | undefined }

type Seeking = Pick<HlsSession, 'requests' | 'limits' | 'ffmpeg'>

const MAX_VARIANTS_TRIED = 3

/**
 * From what the catalogue's address gave to media playlists: itself, or the best variant that can be had.
 *
 * @throws UpstreamError
 */
export async function findMedia(document: PlaylistDocument, seeking: Seeking): Promise<FoundMedia> {
  const { requests, limits, ffmpeg } = seeking
  const parsed = parsePlaylist(document.text)
  if (parsed.kind !== 'master') {
    return { media: { playlist: asMedia(parsed, document.url), document }, audio: undefined }
  }
  const canJoinAudio = ffmpeg !== undefined
  const variants = chooseVariants(parsed, { ...limits, canJoinAudio }).slice(0, MAX_VARIANTS_TRIED)
  const isSeparateAudio = !canJoinAudio && parsed.variants.some(({ audioUri }) => audioUri !== undefined)
  let failure: unknown = upstreamError(isSeparateAudio ? 'hls-audio-needs-ffmpeg' : 'hls-no-variant', document.url)
  for (const variant of variants) {
    try {
      return await askForVariant(variant, document.url, requests)
    } catch (error) {
      failure = error
      if (!(error instanceof UpstreamError) || error.failureClass !== 'gone') throw error
    }
  }
  throw failure
}

/**
 * The same from the catalogue's address on, because an address has expired.
 *
 * @param was what is being played: two playlists cannot go on as one
 */
export async function findAgain(session: HlsSession, was: { hasAudio: boolean }): Promise<FoundMedia> {
  const url = new URL(session.request.url)
  const found = await findMedia((await session.requests.playlist(url))!, session)
  if ((found.audio !== undefined) !== was.hasAudio) throw upstreamError('hls-no-variant', url)
  return found
}

async function askForVariant({ uri, audioUri }: Variant, base: URL, requests: HlsRequests): Promise<FoundMedia> {
  const media = await askForMedia(resolveUrl(uri, base), requests)
  const audio = audioUri === undefined ? undefined : await askForMedia(resolveUrl(audioUri, base), requests)
  return { media, audio }
}

async function askForMedia(url: URL, requests: HlsRequests): Promise<HlsSource> {
  const document = (await requests.playlist(url))!
  return { playlist: asMedia(parsePlaylist(document.text), document.url), document }
}

/** The playlist again; `undefined`: unchanged. */
export async function reloadMedia({ document }: HlsSource, requests: HlsRequests): Promise<HlsSource | undefined> {
  const newer = await requests.playlist(document.url, document.validators)
  return newer && { playlist: asMedia(parsePlaylist(newer.text), newer.url), document: newer }
}

/** A master behind a master is none. */
function asMedia(parsed: ReturnType<typeof parsePlaylist>, url: URL): MediaPlaylist {
  if (parsed.kind === 'media') return parsed
  throw upstreamError(parsed.kind === 'refused' ? parsed.code : 'hls-no-playlist', url)
}
