import type { Logger } from '@kptv/logging'
import type { Express, RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { ChannelEntrance } from '../channels/channel-entrance.ts'
import type { PlaylistCache } from '../playlist/playlist-cache.ts'
import type { HomePage } from '../status/home-page.ts'
import type { Readiness } from '../status/readiness.ts'
import { answerTheRest, createBareApp } from './bare-app.ts'
import { sendError } from './error-response.ts'
import { channelStreamRoute } from './routes/channel-stream.ts'
import { healthRoute, readinessRoute } from './routes/health.ts'
import { homeRoute } from './routes/home.ts'
import { playlistRoute } from './routes/playlist.ts'

export type PublicAppOptions = {
  readonly entrance: ChannelEntrance
  readonly playlists: PlaylistCache
  readonly home: HomePage
  readonly readiness: () => Promise<Readiness>
  readonly baseUrl: string | undefined
  readonly logger: Logger
}

/** Far above what players do, also behind one balancer address; low enough that a flood costs us little. */
const REQUESTS_PER_MINUTE = 6_000

/** The public port, in one screen. */
export function createPublicApp({ entrance, playlists, home, readiness, baseUrl, logger }: PublicAppOptions): Express {
  const app = createBareApp(logger)
  app.get('/healthz', healthRoute)
  app.get('/readyz', readinessRoute(readiness))
  app.use(limitRequests())
  app.get('/', homeRoute(home))
  app.get('/playlist.m3u8', playlistRoute({ playlists, baseUrl }))
  app.get('/stream/:channel', channelStreamRoute(entrance))
  return answerTheRest(app, ['GET', 'HEAD'], logger)
}

function limitRequests(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: REQUESTS_PER_MINUTE,
    legacyHeaders: false,
    handler: (_request, response) => sendError(response, 'too-many-requests'),
  })
}
