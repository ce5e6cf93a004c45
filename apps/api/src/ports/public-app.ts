import type { Source } from '@kptv/config'
import type { Logger } from '@kptv/logging'
import type { Express, RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { answerTheRest, createBareApp } from '../http/bare-app.ts'
import { sendError } from '../http/error-response.ts'
import type { LoopGuard } from '../http/loop-guard.ts'
import { believeProxies } from '../http/trusted-proxies.ts'
import type { HomePage } from '../outputs/home/home-page.ts'
import { homeRoute } from '../outputs/home/home-route.ts'
import { playlistRoute } from '../outputs/m3u/playlist-route.ts'
import type { PlaylistView } from '../outputs/m3u/playlist-view.ts'
import { channelStreamRoute } from '../outputs/ts/channel-stream-route.ts'
import type { PlaylistCache } from '../rendered/rendered-cache.ts'
import type { ChannelLookup } from '../sessions/channel-lookup.ts'
import type { Readiness } from '../status/readiness.ts'
import { healthRoute, readinessRoute } from './health-routes.ts'

export type PublicAppOptions = {
  readonly lookup: ChannelLookup
  readonly isOurs: LoopGuard
  readonly playlists: PlaylistCache<PlaylistView>
  readonly home: HomePage
  readonly readiness: () => Promise<Readiness>
  readonly baseUrl: string | undefined
  readonly sources: () => readonly Source[]
  /** Networks whose forwarded fields are believed. */
  readonly trustedProxies: readonly string[]
  readonly logger: Logger
  readonly requestsPerMinute?: number
}

/** Far above what players do, also many of them behind one address; low enough that a flood costs us little. */
const REQUESTS_PER_MINUTE = 6_000

/** The public port, in one screen. */
export function createPublicApp(options: PublicAppOptions): Express {
  const { lookup, isOurs, home, readiness, logger } = options
  const app = createBareApp(logger)
  believeProxies(app, options.trustedProxies)
  app.get('/healthz', healthRoute)
  app.get('/readyz', readinessRoute(readiness))
  app.use(limitRequests(options.requestsPerMinute ?? REQUESTS_PER_MINUTE))
  app.get('/', homeRoute(home))
  app.get('/playlist.m3u8', playlistRoute(options))
  app.get('/stream/:channel', channelStreamRoute(lookup, isOurs))
  return answerTheRest(app, ['GET', 'HEAD'], logger)
}

function limitRequests(limit: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    legacyHeaders: false,
    handler: (_request, response) => sendError(response, 'too-many-requests'),
  })
}
