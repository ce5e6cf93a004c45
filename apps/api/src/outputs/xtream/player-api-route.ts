import type { AppNumbers, CatalogReader } from '@kptv/catalog'
import { errorAnswer, type GuideAnswer } from '@kptv/contract'
import { archivedDays } from '@kptv/playlist'
import type { Request, RequestHandler, Response } from 'express'
import { clientLeft } from '../../http/client-left.ts'
import { sendError } from '../../http/error-response.ts'
import { createLinks, linkBase } from '../../http/links.ts'
import { createBoundedQueue, QueueFullError } from '../../rendered/bounded-queue.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'
import { seenCatalog } from '../../rendered/seen-catalog.ts'
import { type Caller, callerOf } from '../../users/caller.ts'
import type { Credentials } from '../../users/credentials.ts'
import { refusalOf } from '../../users/door.ts'
import type { Watching } from '../../users/watching.ts'
import { createLiveLists } from './live-lists.ts'
import { loginAnswer, refusedAnswer } from './login-answer.ts'
import { sendList } from './send-list.ts'
import { shortGuide } from './short-guide.ts'

export type PlayerApiOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channel' | 'channelsInOrder'>
  readonly numbers: AppNumbers
  /** Of some channels; throws `QueueFullError` when too many wait, and when Redis is away. */
  readonly programmes: {
    window(
      ids: readonly string[],
      window: { readonly fromMs: number; readonly toMs: number },
      signal: AbortSignal,
    ): Promise<GuideAnswer>
  }
  readonly watching: Pick<Watching, 'count'>
  readonly baseUrl: string | undefined
  readonly nowMs?: () => number
}

type Parameters = Readonly<Record<string, unknown>>
type Answer = (request: Request, response: Response, parameters: Parameters) => Promise<unknown>

const HOUR_MS = 3_600_000
/** What apps show beside a channel, if they do not say how much. */
const SHORT_GUIDE_LENGTH = 4
const MAX_SHORT_GUIDE_LENGTH = 500
/** Lists that are sent at once: each takes a part of a processor as long as it lasts. */
const LISTS = { concurrency: 4, maxPending: 64 }

/**
 * `GET|POST /player_api.php`: the interface of Xtream panels, as apps with a "Xtream login" use it.
 * It answers wrong logins itself, with status 200.
 */
export function playerApiRoute(options: PlayerApiOptions): RequestHandler {
  const { catalog, numbers, programmes, watching, baseUrl, nowMs = Date.now } = options
  const queue = createBoundedQueue(LISTS)
  const empty: Answer = async (_request, response) => response.json([])

  const sendLive =
    (which: 'categories' | 'streams'): Answer =>
    async (request, response, { category_id: category }) => {
      const { sight } = callerOf(response)
      const generation = await catalog.currentGeneration()
      if (generation === undefined) return response.json([])
      const base = linkBase(baseUrl, request)
      if (base === undefined) return sendError(response, 'bad-request')
      const lists = createLiveLists(
        sight === undefined ? catalog : seenCatalog(catalog, sight),
        numbers,
        createLinks(base),
      )
      const wanted = Number(category) > 0 ? Number(category) : undefined
      await queue.run(
        () =>
          sendList(
            request,
            response,
            which === 'streams' ? lists.streams(generation, wanted) : lists.categories(generation),
          ),
        clientLeft(request, response),
      )
    }

  const sendGuide =
    (isShort: boolean): Answer =>
    async (request, response, { stream_id: id, limit }) => {
      const channelNumber = Number(id)
      const channel = await channelOf(channelNumber, callerOf(response))
      if (channel === undefined) return response.json({ epg_listings: [] })
      const now = nowMs()
      const window = isShort
        ? { fromMs: now, toMs: now + 24 * HOUR_MS }
        : { fromMs: now - Math.max(1, archivedDays(channel)) * 24 * HOUR_MS, toMs: now + 7 * 24 * HOUR_MS }
      const { channels } = await programmes.window([channel.id], window, clientLeft(request, response))
      const count = Number(limit) > 0 ? Math.min(Number(limit), MAX_SHORT_GUIDE_LENGTH) : SHORT_GUIDE_LENGTH
      const found = channels[0]?.programmes ?? []
      const facts = { channelNumber, guideId: guideChannelId(channel), archiveDays: archivedDays(channel), nowMs: now }
      return response.json(shortGuide(isShort ? found.slice(0, count) : found, facts))
    }

  const channelOf = async (number: number, { sight }: Caller) => {
    const thing = await numbers.thingOf(number)
    const channel = thing?.startsWith('channel:') ? await catalog.channel(thing.slice('channel:'.length)) : undefined
    return channel === undefined || sight?.includes(channel) === false ? undefined : channel
  }

  const sendLogin: Answer = async (request, response) => {
    const base = linkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const caller = callerOf(response)
    const credentials = response.locals.credentials as Credentials
    const name = credentials.kind === 'password' ? credentials.name : ''
    const count = caller.user === undefined ? 0 : await watching.count(caller.user.name)
    return response.json(loginAnswer({ caller, name, watching: count, base: new URL(base), nowMs: nowMs() }))
  }

  const answers: Readonly<Record<string, Answer>> = {
    get_live_categories: sendLive('categories'),
    get_live_streams: sendLive('streams'),
    get_short_epg: sendGuide(true),
    get_simple_data_table: sendGuide(false),
    get_simple_date_table: sendGuide(false),
    // Apps ask for these after each login, and give up if they are missing.
    get_vod_categories: empty,
    get_vod_streams: empty,
    get_series_categories: empty,
    get_series: empty,
  }

  return async (request, response) => {
    const refused = refusalOf(response)
    if (refused === 'too-many-logins') return sendError(response, refused)
    if (refused !== undefined) return void response.json(refusedAnswer(refused, errorAnswer(refused).message))
    const parameters: Parameters = { ...request.query, ...(request.body as Parameters | undefined) }
    const action = typeof parameters.action === 'string' ? parameters.action : ''
    response.set('Cache-Control', 'no-store')
    try {
      const answer = Object.hasOwn(answers, action) ? answers[action] : sendLogin
      await answer?.(request, response, parameters)
    } catch (error) {
      if (response.headersSent || response.destroyed) return void response.destroy()
      sendError(response, error instanceof QueueFullError ? 'playlist-busy' : 'coordination-unavailable')
    }
  }
}
