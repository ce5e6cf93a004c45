import type { Source } from '@kptv/config'
import type { Logger } from '@kptv/logging'
import type { Express, RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { ChannelEntrance } from '../channels/channel-entrance.ts'
import type { PlaylistCache } from '../playlist/playlist-cache.ts'
import type { HomePage } from '../status/home-page.ts'
import type { Readiness } from '../status/readiness.ts'
import { answerTheRest, createBareApp } from './bare-app.ts'
import { sendError } from './error-response.ts'
import type { LoopGuard } from './loop-guard.ts'
import { channelStreamRoute } from './routes/channel-stream.ts'
import { healthRoute, readinessRoute } from './routes/health.ts'
import { homeRoute } from './routes/home.ts'
import { playlistRoute } from './routes/playlist.ts'
import { believeProxies } from './trusted-proxies.ts'

export type PublicAppOptions = {
  readonly entrance: ChannelEntrance
  readonly isOurs: LoopGuard
  readonly playlists: PlaylistCache
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
  const { entrance, isOurs, home, readiness, logger } = options
  const app = createBareApp(logger)
  believeProxies(app, options.trustedProxies)
  app.get('/healthz', healthRoute)
  app.get('/readyz', readinessRoute(readiness))
  app.use(limitRequests(options.requestsPerMinute ?? REQUESTS_PER_MINUTE))
  app.get('/', homeRoute(home))
  app.get('/playlist.m3u8', playlistRoute(options))
  app.get('/stream/:channel', channelStreamRoute(entrance, isOurs))
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
