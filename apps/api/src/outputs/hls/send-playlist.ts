import { gzipSync } from 'node:zlib'
import type { Request, Response } from 'express'
import type { SegmentList } from '../../packaging/segment-list.ts'
import { mediaPlaylistOf } from './hls-playlists.ts'

export const PLAYLIST_HEADERS = {
  'Content-Type': 'application/vnd.apple.mpegurl',
  'Cache-Control': 'no-cache',
  Vary: 'Accept-Encoding',
}

type Playlist = { readonly text: string; compressed?: Buffer }

/** All players of a node get the same one, until the next segment. */
const mediaPlaylists = new WeakMap<SegmentList, Playlist>()

export function sendMediaPlaylist(request: Request, response: Response, list: SegmentList): void {
  const playlist = mediaPlaylists.get(list) ?? { text: mediaPlaylistOf(list) }
  mediaPlaylists.set(list, playlist)
  send(request, response, playlist)
}

export function sendMultivariantPlaylist(request: Request, response: Response, text: string): void {
  send(request, response, { text })
}

/** Compressed for players that take it: Apple asks for that. */
function send(request: Request, response: Response, playlist: Playlist): void {
  response.set(PLAYLIST_HEADERS)
  if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') return void response.end(playlist.text)
  playlist.compressed ??= gzipSync(playlist.text)
  response.set({ 'Content-Encoding': 'gzip', 'Content-Length': String(playlist.compressed.length) })
  response.end(playlist.compressed)
}
