import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { sharedLinkBase } from '../../http/links.ts'
import { type ChannelView, viewOf } from '../../rendered/channel-view.ts'
import type { RenderedCache } from '../../rendered/rendered-cache.ts'
import { sendRendered } from '../../rendered/send-rendered.ts'
import { callerOf } from '../../users/caller.ts'

type PlaylistRouteOptions = {
  readonly playlists: RenderedCache<ChannelView>
  readonly sources: () => ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly baseUrl: string | undefined
}

/**
 * `GET|HEAD /playlist.m3u8`: the merged playlist, or a part of it by `?group=`, `?source=` and
 * `?q=`. With `?output=hls` its links lead to HLS, in the `format` (and with the `audio`) that
 * is named there.
 */
export function playlistRoute({ playlists, sources, baseUrl }: PlaylistRouteOptions): RequestHandler {
  return async (request, response) => {
    const base = sharedLinkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const view = viewOf(base, request.query, sources(), callerOf(response).sight)
    if (typeof view === 'string') return sendError(response, view)
    await sendRendered(request, response, () => playlists.find(view), HEADERS)
  }
}

const HEADERS = {
  'Content-Type': 'audio/x-mpegurl; charset=utf-8',
  'Content-Disposition': 'inline; filename="playlist.m3u8"',
}
