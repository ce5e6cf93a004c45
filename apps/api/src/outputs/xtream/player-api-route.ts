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
import { type AppLists, createAppLists, OF_SERIES } from './app-lists.ts'
import { loginAnswer, refusedAnswer } from './login-answer.ts'
import { sendList } from './send-list.ts'
import { createSeriesIndex } from './series-index.ts'
import { shortGuide } from './short-guide.ts'
import { createVodInfo, type VodInfoOptions } from './vod-info.ts'

export type PlayerApiOptions = VodInfoOptions & {
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
  const vodInfo = createVodInfo(options, createSeriesIndex(catalog))

  const sendItems =
    (itemsOf: (lists: AppLists, generation: number, category: number | undefined) => AsyncIterable<object>): Answer =>
    async (request, response, { category_id: category }) => {
      const { sight } = callerOf(response)
      const generation = await catalog.currentGeneration()
      if (generation === undefined) return response.json([])
      const base = linkBase(baseUrl, request)
      if (base === undefined) return sendError(response, 'bad-request')
      const seen = sight === undefined ? catalog : seenCatalog(catalog, sight)
      const lists = createAppLists(seen, numbers, createLinks(base))
      const wanted = Number(category) > 0 ? Number(category) : undefined
      const send = () => sendList(request, response, itemsOf(lists, generation, wanted))
      await queue.run(send, clientLeft(request, response))
    }

  const sendInfo =
    (kind: keyof typeof vodInfo): Answer =>
    async (request, response, { vod_id: vod, series_id: series }) => {
      const base = linkBase(baseUrl, request)
      if (base === undefined) return sendError(response, 'bad-request')
      const number = Number(kind === 'movie' ? vod : series)
      const signal = clientLeft(request, response)
      const { sight } = callerOf(response)
      return response.json(await vodInfo[kind](number, { links: createLinks(base), sight, signal }))
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
    get_live_categories: sendItems((lists, generation) => lists.categories(generation, ['live'])),
    get_live_streams: sendItems((lists, generation, category) => lists.streams(generation, 'live', category)),
    get_vod_categories: sendItems((lists, generation) => lists.categories(generation, ['movie'])),
    get_vod_streams: sendItems((lists, generation, category) => lists.streams(generation, 'movie', category)),
    get_vod_info: sendInfo('movie'),
    get_series_categories: sendItems((lists, generation) => lists.categories(generation, OF_SERIES)),
    get_series: sendItems((lists, generation, category) => lists.series(generation, category)),
    get_series_info: sendInfo('series'),
    get_short_epg: sendGuide(true),
    get_simple_data_table: sendGuide(false),
    get_simple_date_table: sendGuide(false),
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
