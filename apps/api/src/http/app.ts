import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { sendError } from './error-response.ts'
import type { PlaylistCache } from './playlist-cache.ts'
import { requestLog } from './request-log.ts'
import { type ChannelEntrance, channelStreamRoute } from './routes/channel-stream.ts'
import { healthRoute, type Readiness, readinessRoute } from './routes/health.ts'
import { type HomePage, homeRoute } from './routes/home.ts'
import { playlistRoute } from './routes/playlist.ts'

export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

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
export function createPublicApp(options: PublicAppOptions): Express {
  const { entrance, playlists, home, readiness, baseUrl, logger } = options
  const app = createApp(logger)
  app.get('/healthz', healthRoute)
  app.get('/readyz', readinessRoute(readiness))
  app.use(limitRequests())
  app.get('/', homeRoute(home))
  app.get('/playlist.m3u8', playlistRoute({ cache: playlists, baseUrl }))
  app.get('/stream/:channel', channelStreamRoute(entrance))
  return closeApp(app, logger)
}

/** What all our ports have in common before their routes: no body is ever parsed, queries are flat. */
export function createApp(logger: Logger): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.use(requestLog(logger))
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff')
    next()
  })
  return app
}

/** … and after them: whatever was not answered gets a clean error. */
export function closeApp(app: Express, logger: Logger): Express {
  app.use(notAnswered)
  app.use(answerFailure(logger))
  return app
}

const notAnswered: RequestHandler = (request, response) => {
  const known = request.method === 'GET' || request.method === 'HEAD'
  if (known) return sendError(response, 'not-found')
  response.set({ Allow: 'GET, HEAD', Connection: 'close' })
  sendError(response, 'method-not-allowed')
}

function answerFailure(logger: Logger): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error, _request, response, _next) => {
    // Express marks what the request did wrong (such as a malformed escape) with a 4xx status.
    if (error.status >= 400 && error.status < 500) return sendError(response, 'bad-request')
    logger.error({ error }, 'request failed')
    sendError(response, 'internal-error')
  }
}

function limitRequests(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: REQUESTS_PER_MINUTE,
    legacyHeaders: false,
    handler: (_request, response) => sendError(response, 'too-many-requests'),
  })
}
