import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import { linkBase } from '../../http/links.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { sendText } from '../../rendered/compressed-text.ts'
import type { RenderedCache, RenderedOffer, RenderedText } from '../../rendered/rendered-cache.ts'
import { type PlaylistView, viewOf } from './playlist-view.ts'

export type PlaylistRouteOptions = {
  readonly playlists: RenderedCache<PlaylistView>
  readonly sources: () => ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly baseUrl: string | undefined
}

/** A client that reads nothing for this long is cut. */
const STALLED_MS = 60_000

/**
 * `GET|HEAD /playlist.m3u8`: the merged playlist, or a part of it by `?group=`, `?source=` and
 * `?q=`.
 */
export function playlistRoute({ playlists, sources, baseUrl }: PlaylistRouteOptions): RequestHandler {
  return async (request, response) => {
    const base = linkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const view = viewOf(base, request.query, sources())
    if (typeof view === 'string') return sendError(response, view)
    let offer: RenderedOffer | undefined
    let playlist: RenderedText | undefined
    try {
      offer = await playlists.find(view)
      // A client that has it already costs no rendering.
      if (offer === undefined || !isKnown(request.get('if-none-match'), offer.etag)) playlist = await offer?.open()
    } catch (error) {
      return sendError(response, error instanceof QueueFullError ? 'playlist-busy' : 'coordination-unavailable')
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
}

async function send(request: Request, response: Response, { text }: RenderedText): Promise<void> {
  const isCompressed = request.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (isCompressed) response.set('Content-Encoding', 'gzip')
  response.set('Content-Length', String(isCompressed ? text.gzipBytes : text.plainBytes))
  if (request.method === 'HEAD') return void response.end()
  response.setTimeout(STALLED_MS, () => response.destroy())
  await sendText(text, response, isCompressed ? 'gzip' : 'plain')
}

/**
 * RFC 9110, 13.1.2. Not Express' `fresh`: that sends everything again to a client that also says
 * `no-cache`.
 */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
