import { randomBytes } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import { hlsPlaylistPath } from '../../http/links.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import type { SegmentBytes } from '../../packaging/fragment-log.ts'
import { type HlsChannel, START_WAIT_MS } from '../../packaging/hls-channel.ts'
import type { HlsChannels } from '../../packaging/hls-channels.ts'
import type { SegmentList } from '../../packaging/segment-list.ts'
import type { ChannelLookup } from '../../sessions/channel-lookup.ts'
import { callerOf, priorityOf } from '../../users/caller.ts'
import type { PlayerRequest } from '../../users/player-streams.ts'
import type { Watching } from '../../users/watching.ts'
import { mediaPlaylistOf, multivariantPlaylistOf } from './hls-playlists.ts'

export type HlsRouteOptions = {
  readonly lookup: ChannelLookup
  readonly isOurs: LoopGuard
  readonly watching: Watching
  /** Undefined with ENABLE_RESTREAMING off: then nothing is shared. */
  readonly hls: HlsChannels | undefined
}

const PLAYLIST_HEADERS = { 'Content-Type': 'application/vnd.apple.mpegurl', 'Cache-Control': 'no-cache' }
/** A number never gets other bytes. It is gone after a minute anyway. */
const SEGMENT_HEADERS = { 'Content-Type': 'video/mp2t', 'Cache-Control': 'public, max-age=120, immutable' }
/** A client that reads nothing for this long is cut. */
const STALLED_MS = 30_000

/**
 * A player with the first playlist requests the second one at once; a program that only checks the
 * address never does.
 */
const FOLLOW_MS = 5_000

const PLAYER = /^[\w-]{22}$/
const NUMBER = /^\d{1,15}$/

/**
 * `GET|HEAD /stream/{channel}.m3u8`: the multivariant playlist of a channel. Answers as soon as the
 * first segment is there, and gives each player an id for its links.
 */
export function multivariantRoute(options: HlsRouteOptions): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const id = await findChannel(options, request, response)
    if (id === undefined) return
    if (request.method === 'HEAD') return void response.set(PLAYLIST_HEADERS).end()
    const player = randomBytes(16).toString('base64url')
    const isAdmitted = (lifetimeMs: number) => admit(options, response, { channelId: id, player, lifetimeMs })
    if (!(await isAdmitted(START_WAIT_MS + FOLLOW_MS))) return
    const channel = options.hls!.open(id)
    channel.heard(undefined, priorityOf(response))
    const list = await channel.list()
    if (await isAdmitted(FOLLOW_MS))
      sendPlaylist(response, list, (offered) => multivariantPlaylistOf(offered, hlsPlaylistPath(id, player)))
  }
}

/**
 * `GET|HEAD /stream/{channel}/hls/{player}/live.m3u8`: the newest segments. Each request renews the
 * lease of the player.
 */
export function mediaPlaylistRoute(options: HlsRouteOptions): RequestHandler<{ channel: string; player: string }> {
  return async (request, response) => {
    const { player } = request.params
    if (!PLAYER.test(player)) return sendError(response, 'not-found')
    const id = await findChannel(options, request, response)
    if (id === undefined) return
    if (request.method === 'HEAD') return void response.set(PLAYLIST_HEADERS).end()
    const hls = options.hls!
    if (!(await admit(options, response, { channelId: id, player, lifetimeMs: hls.playerLeaseMs }))) return
    const channel = hls.open(id)
    channel.heard(player, priorityOf(response))
    sendPlaylist(response, await channel.list(), mediaPlaylistOf)
  }
}

/**
 * `GET|HEAD /stream/{channel}/hls/{player}/{number}.ts`: one segment, the same bytes on every node.
 */
export function segmentRoute(
  options: HlsRouteOptions,
): RequestHandler<{ channel: string; player: string; number: string }> {
  return async (request, response) => {
    const { channel: id, player, number } = request.params
    if (!PLAYER.test(player) || !NUMBER.test(number)) return sendError(response, 'unknown-segment')
    // Users who may see all channels are spared another look into the catalogue.
    if (callerOf(response).sight !== undefined && (await findChannel(options, request, response)) === undefined) return
    const { hls } = options
    if (hls === undefined) return sendError(response, 'no-hls')
    const channel = await hls.findWithSegment(id, Number(number))
    const parts = await channel?.segment(Number(number))
    if (channel === undefined || parts === undefined) return sendError(response, 'unknown-segment')
    if (request.method === 'GET') {
      if (!(await admit(options, response, { channelId: id, player, lifetimeMs: hls.playerLeaseMs }))) return
      channel.heard(player, priorityOf(response))
    }
    channel.sent(sendSegment(request, response, parts))
  }
}

async function findChannel(
  { lookup, isOurs, hls }: HlsRouteOptions,
  request: Request<{ channel: string }>,
  response: Response,
): Promise<string | undefined> {
  try {
    if (await isOurs(request.get('via'))) return void sendError(response, 'loop')
    if (hls === undefined) return void sendError(response, 'no-hls')
    const found = await lookup.find(request.params.channel, callerOf(response).sight)
    if ('channelId' in found) return found.channelId
    return void sendError(response, found.refused)
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

function sendPlaylist(
  response: Response,
  list: Awaited<ReturnType<HlsChannel['list']>>,
  write: (list: SegmentList) => string,
): void {
  if (typeof list === 'string') return sendError(response, list)
  response.set(PLAYLIST_HEADERS).end(write(list))
}

function sendSegment(request: Request, response: Response, parts: SegmentBytes): number {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.set({ ...SEGMENT_HEADERS, 'Content-Length': String(length) })
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
