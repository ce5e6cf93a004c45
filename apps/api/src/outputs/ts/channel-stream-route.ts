import type { CatalogChannel } from '@kptv/catalog'
import { isVod } from '@kptv/playlist'
import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import { plainAddress } from '../../http/plain-address.ts'
import type { ViewerClient, ViewerSink } from '../../media/viewer.ts'
import type { ChannelLookup, FoundChannel, Refused } from '../../sessions/channel-lookup.ts'
import { type Caller, callerOf, priorityOf } from '../../users/caller.ts'
import type { Watching } from '../../users/watching.ts'

const STREAM_HEADERS = {
  'Content-Type': 'video/mp2t',
  'Cache-Control': 'no-store',
  'Accept-Ranges': 'none',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
}

export type StreamRouteOptions = {
  readonly lookup: ChannelLookup
  readonly isOurs: LoopGuard
  readonly watching: Watching
  /** Answers a request for a VOD that the caller may see. */
  readonly sendVod: (request: Request, response: Response, channel: CatalogChannel) => Promise<void>
}

/** Of the name of a player, for people. */
const MAX_PLAYER = 120
/** After this time an ended response whose client reads nothing is cut. */
const LAST_BYTES_MS = 30_000
/**
 * The same where the user's access has ended, or another stream of the user waits for the place.
 */
const LAST_BYTES_OF_ENDED_MS = 500

/**
 * `GET|HEAD /stream/{channel}`: one endless MPEG-TS. The status is sent only when there is media to
 * send, so that an error is an error and not an empty video. `Range` is ignored, since a live
 * stream has none. HEAD never touches a provider. Requests from nodes of this cluster are loops. A
 * VOD is sent as the file that it is.
 */
export function channelStreamRoute({
  lookup,
  isOurs,
  watching,
  sendVod,
}: StreamRouteOptions): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    // Before the first wait: a client that leaves meanwhile must not become a viewer that never
    // ends.
    const left = new AbortController()
    response.on('close', () => left.abort())
    response.on('error', () => undefined)
    let found: FoundChannel | Refused
    try {
      if (await isOurs(request.get('via'))) return sendError(response, 'loop')
      if (isForThePast(request.query)) return sendError(response, 'no-archive')
      if (durationMsOf(request.query) === undefined) return sendError(response, 'bad-request')
      found = await findWithSuffix(lookup, request.params.channel, callerOf(response).sight)
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if ('refused' in found) return sendError(response, found.refused)
    if (found.record !== undefined && isVod(found.record)) return sendVod(request, response, found.record)
    if (request.method === 'HEAD') {
      response.set(STREAM_HEADERS).status(200).end()
      return
    }
    await watch({ request, response, left: left.signal }, found, { lookup, watching })
  }
}

/**
 * Players add these parameters where a list offers an archive; live media would be a wrong answer.
 */
function isForThePast(query: Request['query']): boolean {
  return PAST_PARAMETERS.some((name) => name in query)
}

/**
 * `?duration=<seconds>` ends the response by itself, as a tuner does; `Infinity` without it.
 * `undefined` if it is not a number of seconds.
 */
function durationMsOf({ duration }: Request['query']): number | undefined {
  if (duration === undefined) return Number.POSITIVE_INFINITY
  const seconds = typeof duration === 'string' && /^\d{1,5}(\.\d{1,3})?$/.test(duration) ? Number(duration) : 0
  return seconds > 0 ? seconds * 1000 : undefined
}

function endAfter(durationMs = Number.POSITIVE_INFINITY, left: AbortSignal, onOver: () => void): void {
  if (durationMs === Number.POSITIVE_INFINITY) return
  const timer = setTimeout(onOver, durationMs)
  left.addEventListener('abort', () => clearTimeout(timer))
}

const PAST_PARAMETERS = ['utc', 'lutc', 'timeshift', 'archive']

const ENDING = /\.(?:ts|mkv|mp4|avi|mov|m4v|wmv|webm)$/i

/** An ending may follow the id or the name; a name that has it itself is found as it is. */
async function findWithSuffix(
  lookup: ChannelLookup,
  text: string,
  sight: Caller['sight'],
): Promise<FoundChannel | Refused> {
  const exact = await lookup.find(text, sight)
  const ending = ENDING.exec(text)?.[0]
  if ('channelId' in exact || ending === undefined) return exact
  return lookup.find(text.slice(0, -ending.length), sight)
}

type Visit = { readonly request: Request; readonly response: Response; readonly left: AbortSignal }

async function watch(
  { request, response, left }: Visit,
  found: FoundChannel,
  { lookup, watching }: Pick<StreamRouteOptions, 'lookup' | 'watching'>,
): Promise<void> {
  let leave = (): void => undefined
  const watched = await watching.begin(callerOf(response), found.channelId, (code) => {
    leave()
    if (response.headersSent) end(response, LAST_BYTES_OF_ENDED_MS)
    else sendError(response, code)
  })
  if ('refused' in watched) return sendError(response, watched.refused)
  left.addEventListener('abort', watched.stopped)
  if (left.aborted) return watched.stopped()
  const session = await lookup.openSession(found)
  if ('refused' in session) return sendError(response, session.refused)
  const admission = await session.admit(left, () => priorityOf(response))
  if (left.aborted || response.headersSent) return
  if (!admission.admitted) return sendError(response, admission.reason)
  response.writeHead(200, STREAM_HEADERS)
  request.socket.setKeepAlive(true, 15_000)
  const viewer = session.addViewer(sinkOf(response), admission.position, clientOf(request, response))
  leave = () => session.removeViewer(viewer)
  response.on('close', leave)
  endAfter(durationMsOf(request.query), left, () => {
    leave()
    end(response, LAST_BYTES_MS)
  })
}

function clientOf(request: Request, response: Response): ViewerClient {
  const player = (request.get('user-agent') ?? '').slice(0, MAX_PLAYER)
  const user = callerOf(response).user?.name
  const address = plainAddress(request.ip ?? '')
  return { user, priority: priorityOf(response), player, address, sinceMs: Date.now() }
}

function sinkOf(response: Response): ViewerSink {
  return {
    write: (bytes, done) => void response.write(bytes, done),
    // One system call for all chunks and their frames, in this turn: Node would uncork in a
    // later one.
    cork: () => response.socket?.cork(),
    uncork: () => response.socket?.uncork(),
    end: () => end(response, LAST_BYTES_MS),
    destroy() {
      response.destroy()
    },
  }
}

/** In good order; a client that does not read the rest in time is cut. */
function end(response: Response, lastBytesMs: number): void {
  response.end()
  setTimeout(() => response.destroy(), lastBytesMs).unref()
}
