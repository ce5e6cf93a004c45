import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import { linkBase } from '../../http/link-base.ts'
import { sendText } from '../../rendered/compressed-text.ts'
import {
  PlaylistBusyError,
  type PlaylistCache,
  type PlaylistOffer,
  type RenderedPlaylist,
} from '../../rendered/rendered-cache.ts'
import { type PlaylistView, viewOf } from './playlist-view.ts'

export type PlaylistRouteOptions = {
  readonly playlists: PlaylistCache<PlaylistView>
  readonly sources: () => ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly baseUrl: string | undefined
}

/** A client that reads nothing for so long is cut. */
const STALLED_MS = 60_000

/** `GET|HEAD /playlist.m3u8`: the merged playlist, or a part of it by `?group=`, `?source=` and `?q=`. */
export function playlistRoute({ playlists, sources, baseUrl }: PlaylistRouteOptions): RequestHandler {
  return async (request, response) => {
    const base = linkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const view = viewOf(base, request.query, sources())
    if (typeof view === 'string') return sendError(response, view)
    let offer: PlaylistOffer | undefined
    let playlist: RenderedPlaylist | undefined
    try {
      offer = await playlists.find(view)
      // Who has it already costs no rendering.
      if (offer === undefined || !isKnown(request.get('if-none-match'), offer.etag)) playlist = await offer?.open()
    } catch (error) {
      return sendError(response, error instanceof PlaylistBusyError ? 'playlist-busy' : 'coordination-unavailable')
    }
    if (offer === undefined) return sendError(response, 'catalog-missing')
    response.set({ ...HEADERS, ETag: playlist?.etag ?? offer.etag })
    if (playlist === undefined) response.status(304).end()
    else await send(request, response, playlist)
  }
}

const HEADERS = {
  'Content-Type': 'audio/x-mpegurl; charset=utf-8',
  'Content-Disposition': 'inline; filename="playlist.m3u8"',
  'Cache-Control': 'no-cache',
  Vary: 'Accept-Encoding, Host, X-Forwarded-Host, X-Forwarded-Proto, Forwarded',
  'Access-Control-Allow-Origin': '*',
}

async function send(request: Request, response: Response, { text }: RenderedPlaylist): Promise<void> {
  const isCompressed = request.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (isCompressed) response.set('Content-Encoding', 'gzip')
  response.set('Content-Length', String(isCompressed ? text.gzipBytes : text.plainBytes))
  if (request.method === 'HEAD') return void response.end()
  response.setTimeout(STALLED_MS, () => response.destroy())
  await sendText(text, response, isCompressed ? 'gzip' : 'plain')
}

/** RFC 9110, 13.1.2. Not Express' `fresh`: that sends everything again to a client that also says `no-cache`. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
