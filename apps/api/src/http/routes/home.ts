import { Eta } from 'eta'
import type { RequestHandler } from 'express'
import { linkBase } from '../base-url.ts'
import { sendError } from '../error-response.ts'

export type SourceLine = {
  readonly name: string
  /** For people: "1,234 channels' entries, 5 minutes old", or what is wrong. */
  readonly state: string
  readonly healthy: boolean
  readonly connections: string
}

export type ChannelLine = { readonly id: string; readonly name: string; readonly group: string }

/** What the page for people shows. Reading throws when Redis is away. */
export type HomePage = {
  readonly baseUrl: string | undefined
  sources(): Promise<readonly SourceLine[]>
  channelCount(): Promise<number>
  /** The first channels whose name or group holds the text; all when it is empty. */
  channels(text: string, most: number): Promise<readonly ChannelLine[]>
}

const MOST_CHANNELS = 500
const MOST_QUERY_LENGTH = 100

const eta = new Eta({ views: new URL('../pages', import.meta.url).pathname, cache: true })

/** `GET /`: where the playlist is, how the sources are, which channels there are. */
export function homeRoute(page: HomePage): RequestHandler {
  return async (request, response) => {
    const base = linkBase(page.baseUrl, request.get('host'))
    if (base === undefined) return sendError(response, 'bad-request')
    const query = typeof request.query.q === 'string' ? request.query.q.slice(0, MOST_QUERY_LENGTH) : ''
    try {
      const [sources, total, channels] = await Promise.all([
        page.sources(),
        page.channelCount(),
        page.channels(query, MOST_CHANNELS),
      ])
      response
        .set({
          'Content-Type': 'text/html; charset=utf-8',
          'Cache-Control': 'no-store',
          'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        })
        .send(eta.render('./home', { base, query, sources, total, channels, most: MOST_CHANNELS }))
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }
}
