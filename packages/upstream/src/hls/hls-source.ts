import { chooseVariants, type MediaPlaylist, parsePlaylist, type VariantLimits } from '@kptv/hls'
import { UpstreamError, upstreamError } from '../upstream-error.ts'
import type { HlsRequests, PlaylistDocument } from './hls-requests.ts'
import { resolveUrl } from './resolve-url.ts'

/** A media playlist, and where to ask for it again: the last address of its redirects, so that one server answers. */
export type HlsSource = { readonly playlist: MediaPlaylist; readonly document: PlaylistDocument }

const MOST_VARIANTS_TRIED = 3

/**
 * From what the catalogue's address gave to a media playlist: itself, or the best variant that can be had.
 *
 * @throws UpstreamError
 */
export async function findMedia(
  document: PlaylistDocument,
  requests: HlsRequests,
  limits: VariantLimits,
): Promise<HlsSource> {
  const parsed = parsePlaylist(document.text)
  if (parsed.kind !== 'master') return { playlist: asMedia(parsed, document.url), document }
  const variants = chooseVariants(parsed, limits).slice(0, MOST_VARIANTS_TRIED)
  let failure: unknown = upstreamError('hls-no-variant', document.url)
  for (const { uri } of variants) {
    try {
      return await askForMedia(resolveUrl(uri, document.url), requests)
    } catch (error) {
      failure = error
      if (!(error instanceof UpstreamError) || error.failureClass !== 'gone') throw error
    }
  }
  throw failure
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
