import { chooseVariants, type MediaPlaylist, parsePlaylist, type Variant } from '@kptv/hls'
import { UpstreamError, upstreamError } from '../upstream-error.ts'
import type { HlsRequests, PlaylistDocument } from './hls-requests.ts'
import type { HlsSession } from './hls-session.ts'
import { resolveUrl } from './resolve-url.ts'

/** A media playlist, and where to ask for it again: the last address of its redirects, so that one server answers. */
export type HlsSource = { readonly playlist: MediaPlaylist; readonly document: PlaylistDocument }

/** What is played: one playlist, or two that belong together. */
export type FoundMedia = { readonly media: HlsSource; readonly sound: HlsSource | undefined }

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
    return { media: { playlist: asMedia(parsed, document.url), document }, sound: undefined }
  }
  const canJoinSound = ffmpeg !== undefined
  const variants = chooseVariants(parsed, { ...limits, canJoinSound }).slice(0, MAX_VARIANTS_TRIED)
  const isSoundApart = !canJoinSound && parsed.variants.some(({ soundUri }) => soundUri !== undefined)
  let failure: unknown = upstreamError(isSoundApart ? 'hls-audio-needs-ffmpeg' : 'hls-no-variant', document.url)
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
export async function findAgain(session: HlsSession, was: { hasSound: boolean }): Promise<FoundMedia> {
  const url = new URL(session.request.url)
  const found = await findMedia((await session.requests.playlist(url))!, session)
  if ((found.sound !== undefined) !== was.hasSound) throw upstreamError('hls-no-variant', url)
  return found
}

async function askForVariant({ uri, soundUri }: Variant, base: URL, requests: HlsRequests): Promise<FoundMedia> {
  const media = await askForMedia(resolveUrl(uri, base), requests)
  const sound = soundUri === undefined ? undefined : await askForMedia(resolveUrl(soundUri, base), requests)
  return { media, sound }
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
