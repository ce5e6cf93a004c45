import type { CatalogReader } from '@kptv/catalog'
import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import type { FoundFiles, VodOfChannel } from '../../providers/found-files.ts'
import type { ChannelLookup, FoundChannel, Refused } from '../../sessions/channel-lookup.ts'
import { type Caller, callerOf } from '../../users/caller.ts'
import type { Watching } from '../../users/watching.ts'
import { durationMsOf, leaving, type MediaForm, mediaHeaders, sinkOf, watchChannel } from './watch-channel.ts'

const TRANSPORT_STREAM: MediaForm = {
  type: 'video/mp2t',
  openSink(response, begin) {
    begin()
    return sinkOf(response)
  },
}

export type StreamRouteOptions = {
  readonly lookup: ChannelLookup
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly isOurs: LoopGuard
  readonly watching: Watching
  readonly foundFiles: Pick<FoundFiles, 'vodOf'>
  /** Answers a request for a VOD that the caller may see. */
  readonly sendVod: (request: Request, response: Response, vod: VodOfChannel) => Promise<void>
}

/**
 * `GET|HEAD /stream/{channel}`: one endless MPEG-TS. The status is sent only when there is media to
 * send, so that an error is an error and not an empty video. `Range` is ignored, since a live
 * stream has none. HEAD never touches a provider. Requests from nodes of this cluster are loops. A
 * VOD is sent as the file that it is, also where only its answer has shown that it is one.
 */
export function channelStreamRoute({
  lookup,
  catalog,
  isOurs,
  watching,
  foundFiles,
  sendVod,
}: StreamRouteOptions): RequestHandler<{ readonly channel: string }> {
  return async (request, response) => {
    const left = leaving(response)
    let found: FoundChannel | Refused
    let vod: VodOfChannel | undefined
    try {
      if (await isOurs(request.get('via'))) return sendError(response, 'loop')
      if (isForThePast(request.query)) return sendError(response, 'no-archive')
      if (durationMsOf(request.query) === undefined) return sendError(response, 'bad-request')
      found = await findWithSuffix(lookup, request.params.channel, callerOf(response).sight)
      if ('channelId' in found && found.record !== undefined) vod = await foundFiles.vodOf(found.record)
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if ('refused' in found) return sendError(response, found.refused)
    if (vod !== undefined) return sendVod(request, response, vod)
    if (request.method === 'HEAD') {
      response.set(mediaHeaders(TRANSPORT_STREAM.type)).status(200).end()
      return
    }
    const refusal = await watchChannel({ request, response, left }, found, {
      form: TRANSPORT_STREAM,
      lookup,
      watching,
    })
    if (refusal === undefined) return
    const file = await fileOf(found).catch(() => undefined)
    if (left.aborted) return
    if (file === undefined) sendError(response, refusal)
    else await sendVod(request, response, file)
  }

  /** Of a channel that has not played: perhaps it turned out to be a VOD. */
  async function fileOf({ channelId, record }: FoundChannel): Promise<VodOfChannel | undefined> {
    const channel = record ?? (await catalog.channel(channelId))
    return channel && foundFiles.vodOf(channel, true)
  }
}

/**
 * Players add these parameters where a list offers an archive; live media would be a wrong answer.
 */
function isForThePast(query: Request['query']): boolean {
  return PAST_PARAMETERS.some((name) => name in query)
}

const PAST_PARAMETERS = ['utc', 'lutc', 'timeshift', 'archive']

const FILE_EXTENSION = /\.(?:ts|mkv|mp4|avi|mov|m4v|wmv|webm)$/i

/** An extension may follow the id or the name; a name that has it itself is found as it is. */
async function findWithSuffix(
  lookup: ChannelLookup,
  text: string,
  sight: Caller['sight'],
): Promise<FoundChannel | Refused> {
  const exact = await lookup.find(text, sight)
  const extension = FILE_EXTENSION.exec(text)?.[0]
  if ('channelId' in exact || extension === undefined) return exact
  return lookup.find(text.slice(0, -extension.length), sight)
}
