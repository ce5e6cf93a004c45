import { channelGuides } from '@kptv/catalog'
import { systemClock } from '@kptv/clock'
import { createChannelKey } from '@kptv/playlist'
import type { Metrics } from '../events/metrics.ts'
import { createLoopGuard } from '../http/loop-guard.ts'
import type { OnOrder } from '../page/admin/order-route.ts'
import { readPageFiles } from '../page/site/page-files.ts'
import { createAdminApp } from '../ports/admin-app.ts'
import { createPublicApp } from '../ports/public-app.ts'
import { createChannelLookup } from '../sessions/channel-lookup.ts'
import { createNodeSettings } from '../status/node-settings.ts'
import { readImports } from '../status/read-imports.ts'
import { ReadinessWatch } from '../status/readiness-watch.ts'
import { readRedisVersion } from '../status/redis-version.ts'
import { readAlarms, readConnections } from '../status/source-facts.ts'
import { describeStatus } from '../status/status.ts'
import { createFailedLogins } from '../users/failed-logins.ts'
import { createShowUsers } from '../users/show-users.ts'
import { VERSION } from '../version.ts'
import { composeAdmin } from './admin.ts'
import { archiveZones } from './archive-zones.ts'
import type { Membership } from './cluster.ts'
import { composeDiscovery } from './discovery.ts'
import type { EdgeParts } from './edge-parts.ts'
import { composeHls } from './hls.ts'
import { composeLive } from './live.ts'
import { composeLogos } from './logos.ts'
import type { Media } from './media.ts'
import { composeOrders } from './orders.ts'
import type { Store } from './redis.ts'
import { composeRendered } from './rendered.ts'
import { composeUsers } from './users.ts'

/** Both ports: the public one for players and people, the admin port for operators. */
export function composeHttp(parts: EdgeParts, store: Store, membership: Membership, media: Media, metrics: Metrics) {
  const { settings, book, users, logger } = parts
  const { redis, keys, catalog, guide, guideLists, lists } = store
  const { cluster } = membership
  const { registry, events } = media
  const { current: sources } = book

  const readiness = new ReadinessWatch({
    redis,
    catalog,
    isWarm: cluster.isWarm,
    peers: () => cluster.nodes.lastKnownPeers(),
    clock: systemClock,
  })
  const rendered = composeRendered(parts, store, metrics)
  const page = readPageFiles()
  const isOurs = createLoopGuard({ redis, keys })
  const logos = { catalog, sources, isOurs, logoImages: composeLogos(parts, store, media) }
  const live = composeLive(parts, store, membership, media, () => readiness.isDraining)
  const lookup = createChannelLookup({
    catalog,
    registry,
    isLed: async (channelId) => (await cluster.leadership.read(channelId)) !== undefined,
    keyOf: createChannelKey(settings.groupStripTags),
    playable: media.playable,
    isDraining: () => readiness.isDraining,
  })
  const hls = composeHls(parts, store, membership, {
    registry,
    lookup,
    events,
    ffmpeg: media.ffmpeg,
    isDraining: () => readiness.isDraining,
  })
  const orders = composeOrders(parts, store, membership, { ...media, hls })
  metrics.watch({
    viewers: () => registry.viewerCount + media.players.count,
    channelsInPlay: () => registry.sessions.size,
    slotsHeld: () => cluster.slots.held().length,
    connections: () => registry.connectionCount,
    ringBytes: () => registry.bufferedBytes,
    segmentBytes: () => hls?.heldBytes ?? 0,
    sourcesFileProblems: () => book.problems().length,
    usersFileProblems: () => users.problems().length,
    alarms: () => readAlarms(sources(), lists),
    sourceConnections: () => readConnections(sources(), cluster.slots),
    async catalog() {
      const generation = await catalog.currentGeneration()
      return generation === undefined ? undefined : catalog.info(generation)
    },
  })
  const statusParts = {
    nodeId: settings.nodeId,
    cluster,
    sources,
    book,
    users,
    catalog,
    guide,
    guideLists,
    lists,
    slots: cluster.slots,
    registry,
    ffmpeg: media.ffmpeg,
    unsupported: media.unsupported,
    redisVersion: () => readRedisVersion(redis),
  }
  const failures = createFailedLogins(store)
  const door = composeUsers(parts, membership, { failures, events })
  const adminRoutes = {
    feed: live.feed,
    logos,
    giveOrder: orders.giveOrder,
    onOrder: (given: Parameters<OnOrder>[0]) => events.emit({ type: 'order-given', ...given }),
    log: store.log,
    describeChannel: orders.describeChannel,
    guideMatches: () => channelGuides(catalog, guideLists),
    showUsers: createShowUsers({ users, count: door.watching.count, nowMs: Date.now }),
    nodeSettings: createNodeSettings({
      settings,
      version: VERSION,
      incarnation: () => cluster.incarnation.id,
      startedAtMs: Date.now(),
      ffmpeg: media.ffmpeg,
      redisVersion: statusParts.redisVersion,
    }),
  }
  const publicApp = createPublicApp({
    playable: media.playable,
    foundFiles: media.foundFiles,
    panelDetails: media.panelDetails,
    players: media.players,
    zones: archiveZones(book, lists),
    lookup,
    hls,
    ...rendered,
    ...door,
    admin: composeAdmin(parts, store, { events, failures, admins: door.access.admins, routes: adminRoutes }),
    page,
    ...logos,
    imports: () => readImports(sources(), lists),
    version: VERSION,
    numbers: store.numbers,
    deviceSeed: store.deviceSeed,
    readiness: () => readiness.answer(),
    baseUrl: settings.baseUrl,
    trustedProxies: settings.trustedProxies,
    onError: (code) => metrics.errorAnswers.inc({ code }),
    logger,
  })
  const adminApp = createAdminApp({
    metrics: { text: () => metrics.registry.metrics(), contentType: metrics.registry.contentType },
    status: () => describeStatus(statusParts),
    ...adminRoutes,
    page,
    hostNames: settings.adminHosts,
    version: VERSION,
    logger,
  })
  const discovery = composeDiscovery(parts, store, { ...rendered, ...door, holder: cluster.incarnation.id })
  const texts = [rendered.playlists, rendered.guides]
  return { publicApp, adminApp, readiness, live, orders, discovery, hls, rendered: texts }
}
