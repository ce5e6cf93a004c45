import type { CatalogReader } from '@kptv/catalog'
import type { Request, RequestHandler, Response } from 'express'
import { clientLeft } from '../../http/client-left.ts'
import { sendError } from '../../http/error-response.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { callerOf } from '../../users/caller.ts'
import type { Sight } from '../../users/sight.ts'
import { channelsOf, windowOf } from './programme-query.ts'
import type { ProgrammeReader } from './read-programmes.ts'

/** A page requests the same minutes again and again. */
const MAX_AGE = 'max-age=30'

type ProgrammesRouteOptions = {
  readonly programmes: ProgrammeReader
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channel'>
  readonly nowMs?: () => number
}

/** `GET|HEAD /api/guide?channels=…&from=…&to=…`: programmes of some channels. */
export function programmesRoute({ programmes, catalog, nowMs = Date.now }: ProgrammesRouteOptions): RequestHandler {
  return async (request, response) => {
    const [ids, window] = [channelsOf(request.query), windowOf(request.query, nowMs())]
    if (ids === undefined || window === undefined) return sendError(response, 'bad-request')
    await sendAnswer(request, response, async (sight, left) =>
      programmes.window(await seen(ids, sight, catalog), window, left),
    )
  }
}

/** `GET|HEAD /api/guide/now?channels=…`: what is on now, and next. */
export function nowRoute({ programmes, catalog, nowMs = Date.now }: ProgrammesRouteOptions): RequestHandler {
  return async (request, response) => {
    const ids = channelsOf(request.query)
    if (ids === undefined) return sendError(response, 'bad-request')
    await sendAnswer(request, response, async (sight, left) =>
      programmes.now(await seen(ids, sight, catalog), nowMs(), left),
    )
  }
}

type Read = (sight: Sight | undefined, left: AbortSignal) => Promise<object>

async function sendAnswer(request: Request, response: Response, read: Read): Promise<void> {
  const left = clientLeft(request, response)
  const { sight, user } = callerOf(response)
  try {
    const answer = await read(sight, left)
    response.set('Cache-Control', `${user === undefined ? 'public' : 'private'}, ${MAX_AGE}`).json(answer)
  } catch (error) {
    if (left.aborted) return
    sendError(response, error instanceof QueueFullError ? 'guide-busy' : 'coordination-unavailable')
  }
}

/** The channels among these that the caller may see. */
async function seen(
  ids: readonly string[],
  sight: Sight | undefined,
  catalog: ProgrammesRouteOptions['catalog'],
): Promise<readonly string[]> {
  if (sight === undefined) return ids
  const generation = await catalog.currentGeneration()
  const channels = await Promise.all(ids.map((id) => catalog.channel(id, generation)))
  return channels.flatMap((channel) => (channel !== undefined && sight.includes(channel) ? [channel.id] : []))
}
