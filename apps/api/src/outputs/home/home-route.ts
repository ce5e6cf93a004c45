import type { CatalogReader } from '@kptv/catalog'
import type { RequestHandler } from 'express'
import { clientLeft } from '../../http/client-left.ts'
import { sendError } from '../../http/error-response.ts'
import { createLinks, linkBase } from '../../http/links.ts'
import { sendPage } from '../../http/page.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { callerOf } from '../../users/caller.ts'
import type { Sight } from '../../users/sight.ts'
import type { ChannelSearch } from './channel-search.ts'
import { pages } from './pages.ts'

const MAX_CHANNELS = 500
const MAX_QUERY_LENGTH = 100

export type HomeRouteOptions = {
  readonly baseUrl: string | undefined
  /** Searches what a caller may see. */
  readonly searchOf: (sight: Sight | undefined) => ChannelSearch
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'info'>
}

/**
 * `GET /`: the playlist and the channels. Sources and their problems are for operators: `GET /` of
 * the admin port.
 */
export function homeRoute({ baseUrl, searchOf, catalog }: HomeRouteOptions): RequestHandler {
  return async (request, response) => {
    const base = linkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const query = typeof request.query.q === 'string' ? request.query.q.slice(0, MAX_QUERY_LENGTH) : ''
    const left = clientLeft(request, response)
    try {
      const { sight } = callerOf(response)
      const [total, found] = await Promise.all([
        sight === undefined ? countChannels(catalog).catch(() => undefined) : undefined,
        searchOf(sight).find(query, MAX_CHANNELS, left),
      ])
      const facts = { links: createLinks(base), query, total: total ?? found?.searched ?? 0, max: MAX_CHANNELS }
      sendPage(
        response,
        pages.render('./home', { ...facts, channels: found?.channels ?? [], searched: found?.searched ?? 0 }),
      )
    } catch (error) {
      if (left.aborted) return
      sendError(response, error instanceof QueueFullError ? 'search-busy' : 'coordination-unavailable')
    }
  }
}

async function countChannels(catalog: HomeRouteOptions['catalog']): Promise<number | undefined> {
  const generation = await catalog.currentGeneration()
  return generation === undefined ? undefined : (await catalog.info(generation))?.channels
}
