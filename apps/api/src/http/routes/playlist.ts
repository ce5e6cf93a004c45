import type { Request, RequestHandler, Response } from 'express'
import type { PlaylistCache, RenderedPlaylist } from '../../playlist/playlist-cache.ts'
import { sendError } from '../error-response.ts'
import { linkBase } from '../link-base.ts'

/** `GET|HEAD /playlist.m3u8`: the merged playlist, from memory. */
export function playlistRoute(options: { playlists: PlaylistCache; baseUrl: string | undefined }): RequestHandler {
  return async (request, response) => {
    const base = linkBase(options.baseUrl, request.get('host'))
    if (base === undefined) return sendError(response, 'bad-request')
    let playlist: RenderedPlaylist | undefined
    try {
      playlist = await options.playlists.get(base)
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if (playlist === undefined) return sendError(response, 'catalog-missing')
    send(request, response, playlist)
  }
}

function send(request: Request, response: Response, { etag, plain, gzipped }: RenderedPlaylist): void {
  response.set({
    'Content-Type': 'audio/x-mpegurl; charset=utf-8',
    'Content-Disposition': 'inline; filename="playlist.m3u8"',
    'Cache-Control': 'no-cache',
    Vary: 'Accept-Encoding, Host',
    ETag: etag,
    'Access-Control-Allow-Origin': '*',
  })
  if (isKnown(request.get('if-none-match'), etag)) {
    response.status(304).end()
    return
  }
  const compressed = request.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (compressed) response.set('Content-Encoding', 'gzip')
  const body = compressed ? gzipped : plain
  response.set('Content-Length', String(body.length))
  if (request.method === 'HEAD') response.end()
  else response.end(body)
}

/** RFC 9110, 13.1.2. Not Express' `fresh`: that sends everything again to a client that also says `no-cache`. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
