import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { sharedLinkBase } from '../../http/links.ts'
import { type ChannelView, viewOf } from '../../rendered/channel-view.ts'
import type { RenderedCache } from '../../rendered/rendered-cache.ts'
import { type SentAs, sendRendered } from '../../rendered/send-rendered.ts'
import { callerOf } from '../../users/caller.ts'

type GuideRouteOptions = {
  readonly guides: RenderedCache<ChannelView>
  readonly sources: () => ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly baseUrl: string | undefined
}

/**
 * `GET|HEAD /guide.xml` and `/guide.xml.gz`: the guide of all channels, or of a part of them as
 * with the playlist.
 */
export function guideRoute({ guides, sources, baseUrl }: GuideRouteOptions, sentAs: SentAs): RequestHandler {
  return async (request, response) => {
    const base = sharedLinkBase(baseUrl, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const view = viewOf(base, request.query, sources(), callerOf(response).sight)
    if (typeof view === 'string') return sendError(response, view)
    await sendRendered(request, response, () => guides.find(view), HEADERS[sentAs], sentAs)
  }
}

const HEADERS: Readonly<Record<SentAs, Readonly<Record<string, string>>>> = {
  negotiated: { 'Content-Type': 'application/xml; charset=utf-8' },
  'gzip-file': { 'Content-Type': 'application/gzip' },
}
