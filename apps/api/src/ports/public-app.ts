import type { ErrorCode, ImportsAnswer, ReadinessAnswer } from '@kptv/contract'
import type { Logger } from '@kptv/logging'
import type { Express } from 'express'
import { answerTheRest, createBareApp } from '../http/bare-app.ts'
import { allowAnyOrigin } from '../http/cors.ts'
import type { LoopGuard } from '../http/loop-guard.ts'
import { refuseCrossOrigin } from '../http/refuse-cross-origin.ts'
import { believeProxies } from '../http/trusted-proxies.ts'
import { type ArchiveRoutesOptions, archiveRoutes } from '../outputs/archive/archive-routes.ts'
import { guideRoute } from '../outputs/guide/guide-route.ts'
import { nowRoute, programmesRoute } from '../outputs/guide/programmes-route.ts'
import type { ProgrammeReader } from '../outputs/guide/read-programmes.ts'
import {
  type DeviceRoutesOptions,
  deviceRoutes,
  lineupScanRoute,
  tunerRoute,
} from '../outputs/hdhomerun/device-routes.ts'
import { mediaPlaylistRoute, multivariantRoute, segmentRoute } from '../outputs/hls/hls-routes.ts'
import { type LogoRouteOptions, logoRoute } from '../outputs/logo/logo-route.ts'
import { playlistRoute } from '../outputs/m3u/playlist-route.ts'
import { channelAudioRoute } from '../outputs/ts/channel-audio-route.ts'
import { channelStreamRoute } from '../outputs/ts/channel-stream-route.ts'
import { createSendVod, type SendVodOptions } from '../outputs/vod/send-vod.ts'
import { episodeRoute } from '../outputs/xtream/episode-route.ts'
import { liveRoute } from '../outputs/xtream/live-route.ts'
import { type PlayerApiOptions, playerApiRoute } from '../outputs/xtream/player-api-route.ts'
import type { HlsChannels } from '../packaging/hls-channels.ts'
import { type ChannelRoutesOptions, channelsRoute, groupsRoute } from '../page/channels/channel-routes.ts'
import { importsRoute } from '../page/site/imports-route.ts'
import type { PageFiles } from '../page/site/page-files.ts'
import { assetsRoute, documentRoute } from '../page/site/page-route.ts'
import { siteRoute } from '../page/site/site-route.ts'
import { viewerLoginRoute, viewerLogoutRoute, viewerSessionRoute } from '../page/site/viewer-routes.ts'
import type { FoundFiles } from '../providers/found-files.ts'
import type { ChannelView } from '../rendered/channel-view.ts'
import type { RenderedCache } from '../rendered/rendered-cache.ts'
import type { ChannelLookup } from '../sessions/channel-lookup.ts'
import type { Access } from '../users/access.ts'
import {
  findCaller,
  requireCaller,
  takeCredentials,
  takeDeviceToken,
  takeFormCredentials,
  takeSession,
} from '../users/door.ts'
import type { Watching } from '../users/watching.ts'
import { healthRoute, readinessRoute } from './health-routes.ts'
import { addPublicAdmin, type PublicAdminOptions } from './public-admin.ts'
import { createRequestLimits, REQUEST_LIMITS, type RequestLimits } from './request-limits.ts'
import { addSiteFiles } from './site-files.ts'

export type PublicAppOptions = ChannelRoutesOptions &
  DeviceRoutesOptions &
  ArchiveRoutesOptions &
  SendVodOptions &
  PlayerApiOptions & {
    readonly page: PageFiles
    /** The page of operators; `undefined` without ADMIN_PASSWORD. */
    readonly admin: PublicAdminOptions | undefined
    readonly logoImages: LogoRouteOptions['logoImages']
    readonly version: string
    readonly lookup: ChannelLookup
    readonly foundFiles: Pick<FoundFiles, 'vodOf'>
    readonly isOurs: LoopGuard
    /** Who may watch. */
    readonly access: Omit<Access, 'admins'>
    readonly watching: Watching
    readonly hls: HlsChannels | undefined
    readonly playlists: RenderedCache<ChannelView>
    readonly guides: RenderedCache<ChannelView>
    readonly programmes: ProgrammeReader
    readonly imports: () => Promise<ImportsAnswer>
    readonly readiness: () => ReadinessAnswer
    /** Networks whose forwarded fields are believed. */
    readonly trustedProxies: readonly string[]
    readonly logger: Logger
    /** Called once for each request that was answered with an error. */
    readonly onError?: (code: ErrorCode) => void
    readonly limits?: RequestLimits
  }

const METHODS = ['GET', 'HEAD']

/** Lists and media, which pages of any origin may read. */
const OPEN_TO_PAGES = [
  ...['/playlist.m3u8', '/guide.xml', '/guide.xml.gz', '/xmltv.php', '/get.php', '/api', '/logo'],
  ...['/stream', '/live', '/movie', '/series', '/hdhr', '/archive', '/timeshift', '/streaming'],
]

/** The public port. */
export function createPublicApp(options: PublicAppOptions): Express {
  const { readiness, logger, limits = REQUEST_LIMITS } = options
  const app = createBareApp(logger, options.onError)
  believeProxies(app, options.trustedProxies)
  app.use(takeCredentials, takeDeviceToken(options.access), takeSession)
  app.get('/healthz', healthRoute)
  app.get('/readyz', readinessRoute(readiness))
  const limit = createRequestLimits(limits)
  app.use(OPEN_TO_PAGES, allowAnyOrigin(METHODS))
  app.use('/player_api.php', allowAnyOrigin([...METHODS, 'POST']))
  app.use(limit.any)
  addSiteFiles(app)
  app.use('/assets', assetsRoute(options.page))
  if (options.admin !== undefined) addPublicAdmin(app, options.page, options.admin)
  app.post('/player_api.php', ...takeFormCredentials)
  app.use(findCaller(options.access))
  const playerApi = playerApiRoute(options)
  app.get('/player_api.php', limit.page, playerApi)
  app.post('/player_api.php', limit.page, playerApi)
  // The page itself holds nothing secret, and asks for the login.
  app.get('/', limit.page, documentRoute(options.page, 'index.html'))
  app.get('/api/session', limit.page, viewerSessionRoute)
  app.post('/api/login', refuseCrossOrigin, limit.page, ...viewerLoginRoute(options.access))
  app.post('/api/logout', refuseCrossOrigin, limit.page, viewerLogoutRoute)
  app.use(requireCaller)
  app.get('/get.php', limit.playlist, playlistRoute(options))
  app.get('/xmltv.php', limit.playlist, guideRoute(options, 'negotiated'))
  const sendVod = createSendVod(options)
  app.get('/series/:file', episodeRoute({ ...options, sendVod }))
  for (const kind of ['/live', '/movie', '/series']) app.get(`${kind}/:file`, liveRoute(options))
  for (const device of ['/hdhr', '/hdhr/:profile']) {
    for (const [file, route] of Object.entries(deviceRoutes(options))) app.get(`${device}/${file}`, limit.page, route)
    app.post(`${device}/lineup.post`, lineupScanRoute)
    app.get(`${device}/auto/:number`, tunerRoute(options))
  }
  app.get('/api/site', limit.page, siteRoute({ ...options, hasAdmin: options.admin !== undefined }))
  app.get('/api/imports', limit.page, importsRoute(options.imports))
  app.get('/api/channels', limit.page, channelsRoute(options))
  app.get('/api/groups', limit.page, groupsRoute(options))
  app.get('/playlist.m3u8', limit.playlist, playlistRoute(options))
  app.get('/guide.xml', limit.playlist, guideRoute(options, 'negotiated'))
  app.get('/guide.xml.gz', limit.playlist, guideRoute(options, 'gzip-file'))
  app.get('/api/guide', limit.programmes, programmesRoute(options))
  app.get('/api/guide/now', limit.programmes, nowRoute(options))
  app.get('/logo/:logo', logoRoute(options))
  app.get('/stream/:channel.m3u8', multivariantRoute(options))
  for (const player of ['/stream/:channel/hls/:player', '/stream/:channel/hls/:player/:format']) {
    app.get(`${player}/live.m3u8`, mediaPlaylistRoute(options))
    app.get(`${player}/:file`, segmentRoute(options))
  }
  for (const form of ['aac', 'mp3'] as const) app.get(`/stream/:channel.${form}`, channelAudioRoute(options, form))
  const archive = archiveRoutes(options)
  app.get('/archive/:channel', archive.byQuery)
  app.get('/timeshift/:minutes/:when/:file', archive.ofXtream)
  app.get('/streaming/timeshift.php', archive.ofXtreamForm)
  app.get('/stream/:channel', archive.ofLiveLink)
  app.get('/stream/:channel', channelStreamRoute({ ...options, sendVod }))
  return answerTheRest(app, METHODS, logger)
}
