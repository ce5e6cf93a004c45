import type { ErrorCode } from '@kptv/contract'
import type { Request, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { ViewerSink } from '../../media/viewer.ts'
import type { ChannelLookup, FoundChannel } from '../../sessions/channel-lookup.ts'
import { callerOf, priorityOf } from '../../users/caller.ts'
import { clientOf } from '../../users/client-of.ts'
import type { Watching } from '../../users/watching.ts'

/** What a viewer with its own response gets. */
export type MediaForm = {
  readonly type: string
  /**
   * Where the transport stream goes.
   *
   * @param begin sends the status, before the first bytes
   * @param refuse answers with an error instead
   */
  readonly openSink: (response: Response, begin: () => void, refuse: (code: ErrorCode) => void) => ViewerSink
}

type Visit = {
  readonly request: Request
  readonly response: Response
  /** The client has left. */
  readonly left: AbortSignal
}

/** After this time an ended response whose client reads nothing is cut. */
const LAST_BYTES_MS = 30_000
/**
 * The same where the user's access has ended, or another stream of the user waits for the place.
 */
const LAST_BYTES_OF_ENDED_MS = 500

/**
 * Aborted when the client leaves. Call it before the first wait: a client that leaves meanwhile
 * must not become a viewer that never ends.
 */
export function leaving(response: Response): AbortSignal {
  const left = new AbortController()
  response.on('close', () => left.abort())
  response.on('error', () => undefined)
  return left.signal
}

export function mediaHeaders(type: string) {
  return {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Accept-Ranges': 'none',
    'X-Accel-Buffering': 'no',
    Connection: 'close',
  }
}

/**
 * `?duration=<seconds>` ends the response, as a tuner does; `Infinity` without it.
 * `undefined` if it is not a number of seconds.
 */
export function durationMsOf({ duration }: Request['query']): number | undefined {
  if (duration === undefined) return Number.POSITIVE_INFINITY
  const seconds = typeof duration === 'string' && /^\d{1,5}(\.\d{1,3})?$/.test(duration) ? Number(duration) : 0
  return seconds > 0 ? seconds * 1000 : undefined
}

function endAfter(durationMs = Number.POSITIVE_INFINITY, left: AbortSignal, onOver: () => void): void {
  if (durationMs === Number.POSITIVE_INFINITY) return
  const timer = setTimeout(onOver, durationMs)
  left.addEventListener('abort', () => clearTimeout(timer))
}

/**
 * Sends a channel in this form, for as long as the client stays and may watch.
 *
 * @returns why no stream of it plays; then nothing was sent, and the client is not counted
 */
export async function watchChannel(
  { request, response, left }: Visit,
  found: FoundChannel,
  { form, lookup, watching }: { readonly form: MediaForm; readonly lookup: ChannelLookup; readonly watching: Watching },
): Promise<ErrorCode | undefined> {
  let leave = (): void => undefined
  const watched = await watching.begin(callerOf(response), found.channelId, (code) => {
    leave()
    if (response.headersSent) end(response, LAST_BYTES_OF_ENDED_MS)
    else sendError(response, code)
  })
  if ('refused' in watched) return void sendError(response, watched.refused)
  left.addEventListener('abort', watched.stopped)
  if (left.aborted) return void watched.stopped()
  const session = await lookup.openSession(found)
  if ('refused' in session) return void sendError(response, session.refused)
  const admission = await session.admit(left, () => priorityOf(response))
  if (left.aborted || response.headersSent) return undefined
  if (!admission.admitted) {
    watched.stopped()
    return admission.reason
  }
  request.socket.setKeepAlive(true, 15_000)
  const begin = (): void => void response.writeHead(200, mediaHeaders(form.type))
  const refuse = (code: ErrorCode): void => {
    // The viewer is only being added.
    queueMicrotask(() => leave())
    sendError(response, code)
  }
  const sink = form.openSink(response, begin, refuse)
  const viewer = session.addViewer(sink, admission.position, clientOf(request, response))
  leave = () => session.removeViewer(viewer)
  response.on('close', leave)
  endAfter(durationMsOf(request.query), left, () => {
    leave()
    end(response, LAST_BYTES_MS)
  })
  return undefined
}

export function sinkOf(response: Response): ViewerSink {
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
