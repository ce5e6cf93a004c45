import { randomBytes } from 'node:crypto'
import type { ErrorCode } from '@kptv/contract'
import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import { hlsPlaylistPath } from '../../http/links.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import { FMP4_FORMATS, requestedFormat, type SegmentFormat, type SegmentSeries } from '../../http/segment-format.ts'
import type { SegmentBytes } from '../../packaging/fragment-log.ts'
import type { HlsChannels } from '../../packaging/hls-channels.ts'
import { START_WAIT_MS } from '../../packaging/listed-segments.ts'
import type { SegmentList } from '../../packaging/segment-list.ts'
import type { FoundFiles } from '../../providers/found-files.ts'
import type { ChannelLookup } from '../../sessions/channel-lookup.ts'
import { callerOf } from '../../users/caller.ts'
import { clientOf } from '../../users/client-of.ts'
import type { PlayerRequest } from '../../users/player-streams.ts'
import type { Watching } from '../../users/watching.ts'
import { multivariantPlaylistOf } from './hls-playlists.ts'
import { PLAYLIST_HEADERS, sendMediaPlaylist, sendMultivariantPlaylist } from './send-playlist.ts'

type HlsRouteOptions = {
  readonly lookup: ChannelLookup
  readonly foundFiles: Pick<FoundFiles, 'vodOf'>
  readonly isOurs: LoopGuard
  readonly watching: Watching
  /** Undefined with ENABLE_RESTREAMING off: then nothing is shared. */
  readonly hls: HlsChannels | undefined
}

/** A number never gets other bytes. It is gone after a minute anyway. */
const IMMUTABLE = 'public, max-age=120, immutable'
/** A client that reads nothing for this long is cut. */
const STALLED_MS = 30_000

/**
 * A player with the first playlist requests the second one at once; a program that only checks the
 * address never does.
 */
const FOLLOW_MS = 5_000

const PLAYER = /^[\w-]{22}$/
/** Of a segment, or the header of fragmented MP4. */
const FILE = { ts: /^(\d{1,15})\.ts$/, fmp4: /^(\d{1,15})\.m4s$/, init: /^([0-9a-f]{32})\.mp4$/ }

/**
 * `GET|HEAD /stream/{channel}.m3u8`: the multivariant playlist of a channel. Answers as soon as the
 * first segment is there, and gives each player an id for its links. With `?format=fmp4` the
 * segments are fragmented MP4, with `&audio=aac` their audio is AAC.
 */
export function multivariantRoute(options: HlsRouteOptions): RequestHandler<{ readonly channel: string }> {
  return async (request, response) => {
    const format = requestedFormat(request.query)
    if (format === undefined) return sendError(response, 'bad-request')
    const channelId = await findChannel(options, request, response)
    if (channelId === undefined) return
    const hls = options.hls!
    if (format !== 'ts' && !hls.canConvert) return sendError(response, 'no-ffmpeg')
    if (request.method === 'HEAD') return void response.set(PLAYLIST_HEADERS).end()
    const player = randomBytes(16).toString('base64url')
    const isAdmitted = (lifetimeMs: number) => admit(options, response, { channelId, player, lifetimeMs })
    if (!(await isAdmitted(START_WAIT_MS + FOLLOW_MS))) return
    const channel = hls.start(channelId)
    channel.heard({ player: undefined, format, client: clientOf(request, response) })
    const list = await channel.list(format)
    const path = hlsPlaylistPath({ channelId, format }, player)
    if (!(await isAdmitted(FOLLOW_MS))) return
    if (typeof list === 'string') return sendError(response, list)
    sendMultivariantPlaylist(request, response, multivariantPlaylistOf(list, path))
  }
}

type PlayerParameters = { readonly channel: string; readonly player: string; readonly format?: string }

/**
 * `GET|HEAD /stream/{channel}/hls/{player}/live.m3u8`, or `…/{format}/live.m3u8`: the newest
 * segments. Each request renews the lease of the player.
 */
export function mediaPlaylistRoute(options: HlsRouteOptions): RequestHandler<PlayerParameters> {
  return async (request, response) => {
    const { player } = request.params
    const format = formatIn(request.params)
    if (!PLAYER.test(player) || format === undefined) return sendError(response, 'not-found')
    const id = await findChannel(options, request, response)
    if (id === undefined) return
    if (request.method === 'HEAD') return void response.set(PLAYLIST_HEADERS).end()
    const hls = options.hls!
    const ended = await hls.ended({ channelId: id, format })
    if (ended !== undefined) return sendMedia(request, response, ended)
    if (!(await admit(options, response, { channelId: id, player, lifetimeMs: hls.playerLeaseMs }))) return
    const channel = hls.open(id)
    channel.heard({ player, format, client: clientOf(request, response) })
    sendMedia(request, response, await channel.list(format))
  }
}

/**
 * `GET|HEAD /stream/{channel}/hls/{player}/{number}.ts`, or `…/{format}/{number}.m4s` and
 * `…/{format}/{init}.mp4`: one segment, or what comes before all of them. The same bytes on every
 * node.
 */
export function segmentRoute(options: HlsRouteOptions): RequestHandler<PlayerParameters & { readonly file: string }> {
  return async (request, response) => {
    const { channel: channelId, player, file } = request.params
    const format = formatIn(request.params)
    const number = format && FILE[format === 'ts' ? 'ts' : 'fmp4'].exec(file)?.[1]
    const init = format && format !== 'ts' ? FILE.init.exec(file)?.[1] : undefined
    if (!PLAYER.test(player) || format === undefined || (number ?? init) === undefined)
      return sendError(response, 'unknown-segment')
    // Users who may see all channels are spared another look into the catalogue.
    if (callerOf(response).sight !== undefined && (await findChannel(options, request, response)) === undefined) return
    const { hls } = options
    if (hls === undefined) return sendError(response, 'no-hls')
    const series = { channelId, format }
    if (init !== undefined) return sendInit(request, response, await hls.init(series, init))
    const channel = await hls.findWithSegment(series, Number(number))
    const parts = await channel?.segment(Number(number), format)
    if (channel === undefined || parts === undefined) return sendError(response, 'unknown-segment')
    if (request.method === 'GET') {
      if (!(await admit(options, response, { channelId, player, lifetimeMs: hls.playerLeaseMs }))) return
      channel.heard({ player, format, client: clientOf(request, response) })
    }
    channel.sent(player, sendSegment(request, response, series, parts))
  }
}

function formatIn({ format }: Pick<PlayerParameters, 'format'>): SegmentFormat | undefined {
  return format === undefined ? 'ts' : FMP4_FORMATS.find((one) => one === format)
}

async function findChannel(
  { lookup, isOurs, hls, foundFiles }: HlsRouteOptions,
  request: Request<PlayerParameters> | Request<{ readonly channel: string }>,
  response: Response,
): Promise<string | undefined> {
  try {
    if (await isOurs(request.get('via'))) return void sendError(response, 'loop')
    if (hls === undefined) return void sendError(response, 'no-hls')
    const found = await lookup.find(request.params.channel, callerOf(response).sight)
    if ('refused' in found) return void sendError(response, found.refused)
    const { channelId, record } = found
    // Apps that ask for everything as HLS get the file of a VOD.
    const vod = record && (await foundFiles.vodOf(record))
    return vod === undefined ? channelId : void response.redirect(`${channelId}.${vod.extension}`)
  } catch {
    return void sendError(response, 'coordination-unavailable')
  }
}

/** Counts the player as a stream of its user. @returns false if it was refused, with an answer */
async function admit({ watching }: HlsRouteOptions, response: Response, request: PlayerRequest): Promise<boolean> {
  const refused = await watching.admitPlayer(callerOf(response), request)
  if (refused !== undefined) sendError(response, refused)
  return refused === undefined
}

function sendMedia(request: Request, response: Response, list: SegmentList | ErrorCode): void {
  if (typeof list === 'string') return sendError(response, list)
  sendMediaPlaylist(request, response, list)
}

function sendSegment(request: Request, response: Response, { format }: SegmentSeries, parts: SegmentBytes): number {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const type = format === 'ts' ? 'video/mp2t' : 'video/mp4'
  response.set({ 'Content-Type': type, 'Cache-Control': IMMUTABLE, 'Content-Length': String(length) })
  if (request.method === 'HEAD') {
    response.end()
    return 0
  }
  response.on('error', () => undefined)
  response.setTimeout(STALLED_MS, () => response.destroy())
  // One system call for all parts.
  response.cork()
  for (const part of parts) response.write(part)
  response.uncork()
  response.end()
  return length
}

function sendInit(request: Request, response: Response, init: Buffer | undefined): void {
  if (init === undefined) return sendError(response, 'unknown-segment')
  response.set({ 'Content-Type': 'video/mp4', 'Cache-Control': IMMUTABLE, 'Content-Length': String(init.length) })
  response.end(request.method === 'HEAD' ? undefined : init)
}
