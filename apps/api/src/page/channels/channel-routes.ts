import type { Source } from '@kptv/config'
import { CHANNELS_PER_PAGE, type ChannelPage, type ErrorCode, type GroupList } from '@kptv/contract'
import type { Request, RequestHandler, Response } from 'express'
import { clientLeft } from '../../http/client-left.ts'
import { sendError } from '../../http/error-response.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { type ChannelView, type ViewSight, viewOf } from '../../rendered/channel-view.ts'
import { callerOf } from '../../users/caller.ts'
import type { ChannelSearch } from './channel-search.ts'

export type ChannelRoutesOptions = {
  /** Searches what a caller may see. */
  readonly searchOf: (sight: ViewSight | undefined) => ChannelSearch
  readonly sources: () => readonly Source[]
}

const NO_CHANNELS = { matching: 0, channels: [], searched: 0, complete: true }
const MAX_PAGE = 1_000_000

/** `GET /api/channels?page=…&size=…&q=…&group=…&source=…`: the channels, page by page. */
export function channelsRoute({ searchOf, sources }: ChannelRoutesOptions): RequestHandler {
  return async (request, response) => {
    const view = viewOf('', request.query, sources())
    const page = wholeOf(request.query.page, { missing: 1, max: MAX_PAGE })
    const size = wholeOf(request.query.size, { missing: CHANNELS_PER_PAGE, max: CHANNELS_PER_PAGE })
    if (typeof view === 'string') return sendError(response, view)
    if (page === undefined || size === undefined) return sendError(response, 'bad-request')
    await sendAnswer(request, response, (left) =>
      readPage(searchOf(callerOf(response).sight), view, { page, size }, left),
    )
  }
}

/** `GET /api/groups`: the groups of the channels, with how many each has. */
export function groupsRoute({ searchOf }: ChannelRoutesOptions): RequestHandler {
  return (request, response) =>
    sendAnswer(request, response, async (left): Promise<GroupList> => {
      return (await searchOf(callerOf(response).sight).groups(left)) ?? { groups: [], complete: true }
    })
}

type Wanted = { readonly page: number; readonly size: number }

async function readPage(search: ChannelSearch, view: ChannelView, { page, size }: Wanted, left: AbortSignal) {
  const range = { skip: (page - 1) * size, max: size }
  const found = (await search.find(view, range, left)) ?? NO_CHANNELS
  const pages = Math.max(1, Math.ceil(found.matching / size))
  return { page, pages, ...found } satisfies ChannelPage
}

function wholeOf(
  value: unknown,
  { missing, max }: { readonly missing: number; readonly max: number },
): number | undefined {
  const whole = Number(value ?? missing)
  return Number.isInteger(whole) && whole >= 1 && whole <= max ? whole : undefined
}

async function sendAnswer(request: Request, response: Response, read: (left: AbortSignal) => Promise<object>) {
  const left = clientLeft(request, response)
  try {
    const answer = await read(left)
    response.set('Cache-Control', 'no-cache').json(answer)
  } catch (error) {
    if (!left.aborted) sendError(response, codeOf(error))
  }
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof QueueFullError ? 'search-busy' : 'coordination-unavailable'
}
