import type { AppNumbers, CatalogChannel, CatalogReader } from '@kptv/catalog'
import { fileExtension, isFileAddress } from '@kptv/playlist'
import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import type { VodOfChannel } from '../../providers/found-files.ts'
import { callerOf } from '../../users/caller.ts'
import { episodeChannel, seriesOfThing } from './panel-episode.ts'

type EpisodeRouteOptions = {
  readonly numbers: Pick<AppNumbers, 'thingOf'>
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly isOurs: LoopGuard
  readonly sendVod: (request: Request, response: Response, vod: VodOfChannel) => Promise<void>
}

/**
 * `GET|HEAD /series/<number>`, with any extension, of an episode that a panel lists. All other
 * numbers are left to the next route.
 */
export function episodeRoute({
  numbers,
  catalog,
  isOurs,
  sendVod,
}: EpisodeRouteOptions): RequestHandler<{ readonly file: string }> {
  return async (request, response, next) => {
    let series: CatalogChannel | undefined
    let thing: string
    try {
      thing = (await numbers.thingOf(Number(request.params.file.replace(/\.\w{1,5}$/, '')))) ?? ''
      const id = seriesOfThing(thing)
      if (id === undefined) return next()
      if (await isOurs(request.get('via'))) return sendError(response, 'loop')
      series = await catalog.channel(id)
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    const isSeen = series !== undefined && callerOf(response).sight?.includes(series) !== false
    const episode = series !== undefined && isSeen ? episodeChannel(thing, series) : undefined
    if (episode === undefined) return sendError(response, 'unknown-channel')
    const url = episode.streams[0]?.url ?? ''
    if (!isFileAddress(url)) return sendError(response, 'no-playable-stream')
    await sendVod(request, response, { ...episode, extension: fileExtension(url) })
  }
}
