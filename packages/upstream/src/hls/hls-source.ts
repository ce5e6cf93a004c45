import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  chooseVariants,
  createPlaylistParser,
  type MediaPlaylist,
  type ParsedPlaylist,
  type Variables,
  type Variant,
  type VariantLimits,
} from '@kptv/hls'
import { resolveUrl } from '../check-url.ts'
import type { Ffmpeg } from '../ffmpeg/find-ffmpeg.ts'
import type { OpenStreamRequest } from '../open-stream.ts'
import { toUpstreamError, type UpstreamError, upstreamError } from '../upstream-error.ts'
import type { HlsRequests, PlaylistDocument } from './hls-requests.ts'

/** The parameters of one attempt to play an HLS stream. */
export type HlsSession = {
  readonly request: OpenStreamRequest
  readonly requests: HlsRequests
  readonly limits: VariantLimits
  /**
   * For segments that are not a transport stream, and for audio in other playlists; without it,
   * those are refused.
   */
  readonly ffmpeg: Ffmpeg | undefined
  /** Called whenever it may have changed: how long a good playlist may be without anything new. */
  readonly onTarget: (targetMs: number) => void
  /** Names of variants that could not be played to their end. */
  readonly failedVariants: Set<string>
}

/**
 * A media playlist, and where to request it again: the last address of its redirects, so that one
 * server answers.
 */
export type HlsSource = {
  readonly playlist: MediaPlaylist
  readonly document: PlaylistDocument
  /** Variables of its master playlist. */
  readonly imported: Variables | undefined
}

type AudioSource = HlsSource & { readonly language: string | undefined }

/** The playlist to play, or several that belong together. */
export type FoundMedia = {
  readonly media: HlsSource
  /** Audio in playlists besides `media`, the default first. */
  readonly audio: readonly AudioSource[]
  /** Whether `media` has audio too, and its language. */
  readonly ownAudio: { readonly language: string | undefined } | undefined
  /** Of the variant, for `failedVariants`; undefined where there is no choice. */
  readonly variantName: string | undefined
  /** The number of choices. */
  readonly variantCount: number
}

const MAX_VARIANTS_TRIED = 8
/** A master playlist may name others; further ones are a loop. */
const MAX_LEVELS = 3
/** Characters that are read before other work has its turn. */
const LENGTH_PER_TURN = 100_000

/**
 * From the answer of the catalogue's address to media playlists: itself, or the best variant
 * available. Any failure of a variant is a reason to try the next one, except that a busy host is
 * not asked for another.
 *
 * @throws UpstreamError why the best one failed
 */
export async function findMedia(
  document: PlaylistDocument,
  session: HlsSession,
  { level = 1, imported }: { readonly level?: number; readonly imported?: Variables } = {},
): Promise<FoundMedia> {
  const parsed = await parse(document, imported)
  if (parsed.kind === 'media') {
    const media = { playlist: parsed, document, imported }
    return { media, audio: [], ownAudio: { language: undefined }, variantName: undefined, variantCount: 1 }
  }
  if (parsed.kind !== 'master' || level > MAX_LEVELS) throw notMedia(parsed, document.url)
  const canJoinAudio = session.ffmpeg !== undefined
  const needsJoin = !canJoinAudio && parsed.variants.some(({ hasOwnAudio }) => !hasOwnAudio)
  const busyHosts = new Set<string>()
  let failure: UpstreamError | undefined
  let tried = 0
  for (const variant of chooseVariants(parsed, { ...session.limits, canJoinAudio })) {
    if (tried >= MAX_VARIANTS_TRIED) break
    try {
      const url = resolveUrl(variant.uri, document.url)
      if (busyHosts.has(url.host) || session.failedVariants.has(nameOf(url))) continue
      tried += 1
      const found = await requestVariant(variant, {
        url,
        base: document.url,
        session,
        level,
        imported: parsed.variables,
      })
      return { ...found, variantCount: Math.max(found.variantCount, parsed.variants.length) }
    } catch (error) {
      const reason = toUpstreamError(error, document.url)
      if (reason.code === 'aborted') throw reason
      if (reason.failureClass === 'busy') busyHosts.add(new URL(variant.uri, document.url).host)
      failure ??= reason
    }
  }
  throw failure ?? upstreamError(needsJoin ? 'hls-audio-needs-ffmpeg' : 'hls-no-variant', document.url)
}

/**
 * Resolves the catalogue's address again, because an address has expired.
 *
 * @param was the present playlists: playback cannot continue with another number of them
 */
export async function findAgain(session: HlsSession, was: Pick<FoundMedia, 'audio'>): Promise<FoundMedia> {
  const url = new URL(session.request.url)
  const found = await findMedia((await session.requests.playlist(url))!, session)
  if (found.audio.length !== was.audio.length) throw upstreamError('hls-no-variant', url)
  return found
}

type Chosen = {
  readonly url: URL
  readonly base: URL
  readonly session: HlsSession
  readonly level: number
  readonly imported: Variables
}

async function requestVariant(variant: Variant, { url, base, session, level, imported }: Chosen): Promise<FoundMedia> {
  const { requests, ffmpeg } = session
  const document = (await requests.playlist(url))!
  const found = await findMedia(document, session, { level: level + 1, imported })
  const variantName = nameOf(url)
  if (found.variantName !== undefined) return { ...found, variantName }
  const audio: AudioSource[] = []
  for (const rendition of ffmpeg === undefined ? [] : variant.audio) {
    try {
      const source = await requestMedia(resolveUrl(rendition.uri, base), requests, imported)
      audio.push({ ...source, language: rendition.language })
    } catch (error) {
      // Another language is worth less than the channel.
      const isNeeded = audio.length === 0 && !variant.hasOwnAudio && rendition === variant.audio.at(-1)
      if (isNeeded || toUpstreamError(error, base).code === 'aborted') throw error
    }
  }
  const ownAudio = variant.hasOwnAudio ? { language: variant.ownLanguage } : undefined
  return { ...found, audio, ownAudio, variantName }
}

async function requestMedia(url: URL, requests: HlsRequests, imported: Variables | undefined): Promise<HlsSource> {
  const document = (await requests.playlist(url))!
  const parsed = await parse(document, imported)
  if (parsed.kind !== 'media') throw notMedia(parsed, document.url)
  return { playlist: parsed, document, imported }
}

/** The playlist again; `undefined`: unchanged. */
export async function reloadMedia(source: HlsSource, requests: HlsRequests): Promise<HlsSource | undefined> {
  const { document, imported } = source
  const newer = await requests.playlist(document.url, document.validators)
  if (newer === undefined) return undefined
  const parsed = await parse(newer, imported)
  if (parsed.kind !== 'media') throw notMedia(parsed, newer.url)
  return { playlist: parsed, document: newer, imported }
}

/** A long playlist is read in portions, so that media of other channels continues meanwhile. */
async function parse({ text, url }: PlaylistDocument, imported: Variables | undefined): Promise<ParsedPlaylist> {
  const parser = createPlaylistParser(text, { imported, query: url.searchParams as unknown as Map<string, string> })
  while (!parser.advance(LENGTH_PER_TURN)) await nextTurn()
  return parser.finish()
}

function notMedia(parsed: ParsedPlaylist, url: URL): UpstreamError {
  return upstreamError(parsed.kind === 'refused' ? parsed.code : 'hls-no-playlist', url)
}

/** Tokens in the query change from time to time; host and path stay. */
function nameOf({ host, pathname }: URL): string {
  return `${host}${pathname}`
}
