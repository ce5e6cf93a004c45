import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AppNumbers, CatalogChannel, CatalogReader } from '@kptv/catalog'
import type { ArchiveWindow } from '@kptv/playlist'
import type { Request, RequestHandler, Response } from 'express'
import { beginMedia } from '../../direct/aligned-media.ts'
import { playerOf } from '../../direct/player-of.ts'
import type { PlayerSlots } from '../../direct/player-slots.ts'
import { openWatched } from '../../direct/watched-connection.ts'
import { clientLeft } from '../../http/client-left.ts'
import { sendError } from '../../http/error-response.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import type { PlayableStream } from '../../providers/playable-streams.ts'
import type { ChannelLookup } from '../../sessions/channel-lookup.ts'
import { type Caller, callerOf, priorityOf } from '../../users/caller.ts'
import type { Watching } from '../../users/watching.ts'
import { readArchiveQuery, readTimeshift } from './archive-query.ts'
import { archivedStreams } from './archived-streams.ts'

export type ArchiveRoutesOptions = {
  readonly lookup: Pick<ChannelLookup, 'find'>
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly numbers: Pick<AppNumbers, 'thingOf'>
  readonly playable: (channel: Pick<CatalogChannel, 'streams'>) => PlayableStream[]
  readonly players: Pick<PlayerSlots, 'open'>
  /** The time zones of the providers' clocks. */
  readonly zones: (sourceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly isOurs: LoopGuard
  readonly watching: Watching
  readonly nowMs?: () => number
}

const HEADERS = {
  'Content-Type': 'video/mp2t',
  'Cache-Control': 'no-store',
  'Accept-Ranges': 'none',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
}
/** How long after its header an archive may send its first byte: some read it from tape first. */
const FIRST_BYTE_MS = 15_000
/** A client that reads nothing for this long is cut. */
const STALLED_MS = 60_000

/** The past of channels, for each way in which players ask for it. */
export function archiveRoutes(options: ArchiveRoutesOptions) {
  const { numbers, nowMs = Date.now } = options

  const byQuery: RequestHandler<{ readonly channel: string }> = async (request, response) => {
    const window = readArchiveQuery(request.query, nowMs())
    if (window === undefined) return sendError(response, 'bad-request')
    await play(request, response, { channel: request.params.channel.replace(/\.ts$/i, ''), window }, options)
  }

  async function byNumber(request: Request, response: Response, number: string, window: ArchiveWindow | undefined) {
    if (window === undefined) return sendError(response, 'bad-request')
    try {
      const thing = await numbers.thingOf(Number(number))
      if (thing?.startsWith('channel:') !== true) return sendError(response, 'unknown-channel')
      await play(request, response, { channel: thing.slice('channel:'.length), window }, options)
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }

  return {
    /** `GET|HEAD /archive/<channel>.ts?utc=…&duration=…`, as our playlist asks for it. */
    byQuery,

    /** `/stream/<channel>.ts?utc=…&lutc=…`: some players add this to the live link. */
    ofLiveLink: ((request, response, next) => {
      if (request.query.utc === undefined) return next()
      return byQuery(request, response, next)
    }) satisfies RequestHandler<{ readonly channel: string }>,

    /** `/timeshift/<minutes>/<when>/<number>.ts`, of Xtream apps. */
    ofXtream: (async (request, response) => {
      const { minutes, when, file } = request.params
      await byNumber(request, response, file.replace(/\.\w{1,5}$/, ''), readTimeshift(minutes, when, nowMs()))
    }) satisfies RequestHandler<{ readonly minutes: string; readonly when: string; readonly file: string }>,

    /** `/streaming/timeshift.php?stream=…&start=…&duration=…`, of older ones. */
    ofXtreamForm: (async (request, response) => {
      const [stream, start, duration] = ['stream', 'start', 'duration'].map((name) => String(request.query[name] ?? ''))
      await byNumber(request, response, stream ?? '', readTimeshift(duration ?? '', start ?? '', nowMs()))
    }) satisfies RequestHandler,
  }
}

type Wanted = { readonly channel: string; readonly window: ArchiveWindow }

async function play(request: Request, response: Response, { channel, window }: Wanted, options: ArchiveRoutesOptions) {
  const { lookup, catalog, isOurs, zones, playable } = options
  const left = clientLeft(request, response)
  response.on('error', () => undefined)
  const caller = callerOf(response)
  let streams: readonly PlayableStream[]
  let channelId: string
  try {
    if (await isOurs(request.get('via'))) return sendError(response, 'loop')
    const found = await lookup.find(channel, caller.sight)
    if ('refused' in found) return sendError(response, found.refused)
    channelId = found.channelId
    const record = found.record ?? (await catalog.channel(channelId))
    if (record === undefined) return sendError(response, 'unknown-channel')
    const zoneOf = await zones(record.streams.map(({ sourceId }) => sourceId))
    streams = playable({ streams: archivedStreams(record, window, zoneOf) })
  } catch {
    return sendError(response, 'coordination-unavailable')
  }
  if (streams.length === 0) return sendError(response, 'no-archive')
  if (request.method === 'HEAD') return void response.set(HEADERS).status(200).end()
  await send(request, response, { caller, channelId, streams, left }, options)
}

type Playing = {
  readonly caller: Caller
  readonly channelId: string
  readonly streams: readonly PlayableStream[]
  readonly left: AbortSignal
}

async function send(
  request: Request,
  response: Response,
  { caller, channelId, streams, left }: Playing,
  { watching, players }: ArchiveRoutesOptions,
): Promise<void> {
  const connection = await openWatched(
    response,
    {
      player: playerOf(request, caller, channelId),
      about: { channel: channelId, kind: 'archive' },
      priority: priorityOf(response),
      streams,
      connect: async (stream, { signal, mayConnect }) =>
        beginMedia(await stream.connect(signal, { mayConnect, firstByteMs: FIRST_BYTE_MS, isRepeated: () => true })),
      left,
    },
    { players, begin: (end) => watching.begin(caller, channelId, end) },
  )
  if (connection === undefined) return
  try {
    response.writeHead(200, HEADERS)
    response.setTimeout(STALLED_MS, () => response.destroy())
    await pipeline(Readable.from(connection.packets, { objectMode: false, highWaterMark: 64 * 1024 }), response)
  } catch {
    response.destroy()
  } finally {
    await connection.close()
  }
}
