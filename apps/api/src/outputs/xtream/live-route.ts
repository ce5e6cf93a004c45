import type { AppNumbers } from '@kptv/catalog'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { createLinks, linkBase } from '../../http/links.ts'
import { requestedFormat } from '../../http/segment-format.ts'

type LiveRouteOptions = { readonly numbers: AppNumbers; readonly baseUrl: string | undefined }

/**
 * `GET|HEAD /live/<number>`, `/movie/…` and `/series/…`, with any extension: the channel or VOD
 * behind the number of an Xtream app. The routes of `/stream/<channel>` answer it. For HLS the app
 * is sent there, since the links of its playlists are relative.
 */
export function liveRoute({ numbers, baseUrl }: LiveRouteOptions): RequestHandler<{ readonly file: string }> {
  return async (request, response, next) => {
    const [, number = '', extension = ''] = /^(\d{1,10})(\.\w{1,5})?$/.exec(request.params.file) ?? []
    let thing: string | undefined
    try {
      thing = await numbers.thingOf(Number(number))
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if (thing?.startsWith('channel:') !== true) return sendError(response, 'unknown-channel')
    const channelId = thing.slice('channel:'.length)
    if (extension === '.m3u8') {
      const base = linkBase(baseUrl, request)
      const format = requestedFormat(request.query)
      if (base === undefined || format === undefined) return sendError(response, 'bad-request')
      return response.redirect(createLinks(base).stream(channelId, format))
    }
    const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
    request.url = `/stream/${channelId}${query}`
    next()
  }
}
