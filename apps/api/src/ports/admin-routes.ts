import type { AdminSettings, AdminUsers, ChannelDetails, ChannelGuides } from '@kptv/contract'
import type { EventLog } from '@kptv/events'
import type { Express } from 'express'
import { type LogoRouteOptions, logoRoute } from '../outputs/logo/logo-route.ts'
import { channelDetailsRoute } from '../page/admin/channel-route.ts'
import { guideMatchesRoute } from '../page/admin/guide-matches-route.ts'
import { liveEventsRoute, liveRoute } from '../page/admin/live-routes.ts'
import { logRoute } from '../page/admin/log-route.ts'
import { type OrderRoutesOptions, orderRoute } from '../page/admin/order-route.ts'
import { settingsRoute, usersRoute } from '../page/admin/set-up-routes.ts'
import type { LiveFeed } from '../status/live/live-feed.ts'
import { letEveryoneIn } from '../users/door.ts'

export type AdminRoutesOptions = OrderRoutesOptions & {
  readonly feed: Pick<LiveFeed, 'watch' | 'read'>
  readonly logos: LogoRouteOptions
  readonly log: Pick<EventLog, 'newest'>
  readonly describeChannel: (channel: string) => Promise<ChannelDetails | undefined>
  readonly showUsers: (text: string) => Promise<AdminUsers>
  readonly nodeSettings: () => Promise<AdminSettings>
  readonly guideMatches: () => AsyncIterable<ChannelGuides>
}

/** What the page of operators reads and orders, on either port. */
export function addAdminRoutes(app: Express, options: AdminRoutesOptions): void {
  app.get('/admin/live', liveRoute(options.feed))
  app.get('/admin/events', liveEventsRoute(options.feed))
  app.get('/admin/log', logRoute(options.log))
  app.get('/admin/channels/:channel', channelDetailsRoute(options.describeChannel))
  app.get('/admin/users', usersRoute(options.showUsers))
  app.get('/admin/settings', settingsRoute(options.nodeSettings))
  app.get('/admin/guide/matches', guideMatchesRoute(options.guideMatches))
  app.get('/admin/logo/:logo', letEveryoneIn, logoRoute(options.logos))
  app.post('/admin/orders', ...orderRoute(options))
}
