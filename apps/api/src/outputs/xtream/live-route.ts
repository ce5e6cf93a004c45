import type { AppNumbers } from '@kptv/catalog'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'

/**
 * `GET|HEAD /live/<number>`, with any ending: the channel behind the number of an Xtream app. The
 * routes of `/stream/<channel>` answer it, in the form that the ending names.
 */
export function liveRoute(numbers: AppNumbers): RequestHandler<{ file: string }> {
  return async (request, response, next) => {
    const [, number = '', ending = ''] = /^(\d{1,10})(\.\w{1,5})?$/.exec(request.params.file) ?? []
    let thing: string | undefined
    try {
      thing = await numbers.thingOf(Number(number))
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if (thing?.startsWith('channel:') !== true) return sendError(response, 'unknown-channel')
    const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
    request.url = `/stream/${thing.slice('channel:'.length)}${ending}${query}`
    next()
  }
}
