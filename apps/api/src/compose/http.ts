import { createChannelKey } from '@kptv/playlist'
import type { Metrics } from '../events/metrics.ts'
import { createLoopGuard } from '../http/loop-guard.ts'
import { createHomePage } from '../outputs/home/home-page.ts'
import { keyOfView } from '../outputs/m3u/playlist-view.ts'
import { renderPlaylist } from '../outputs/m3u/render-playlist.ts'
import { createAdminApp } from '../ports/admin-app.ts'
import { createPublicApp } from '../ports/public-app.ts'
import { createPlaylistCache } from '../rendered/rendered-cache.ts'
import { createChannelLookup } from '../sessions/channel-lookup.ts'
import { createListAcceptor } from '../status/accept-list.ts'
import { createReadiness } from '../status/readiness.ts'
import { readAlarms, readConnections } from '../status/source-facts.ts'
import { describeStatus } from '../status/status.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** The two doors: what players and people ask for, and what operators do. */
export function composeHttp(parts: EdgeParts, store: Store, membership: Membership, media: Media, metrics: Metrics) {
  const { settings, book, logger } = parts
  const { redis, keys, catalog, lists, queues } = store
  const { cluster } = membership
  const { registry } = media
  const { current: sources } = book

  const readiness = createReadiness({ redis, catalog, isWarm: cluster.isWarm })
  const playlists = createPlaylistCache({
    keyOf: keyOfView,
    currentGeneration: () => catalog.currentGeneration(),
    render: (generation, view) => renderPlaylist(catalog, generation, view),
    keepMs: settings.cacheEnabled ? settings.cacheDurationMs : 0,
    now: () => performance.now(),
  })
  const lookup = createChannelLookup({
    catalog,
    registry,
    keyOf: createChannelKey(settings.groupStripTags),
    playable: media.playable,
    isDraining: () => readiness.isDraining,
  })
  metrics.watch({
    viewers: () => registry.viewerCount,
    channelsInPlay: () => registry.sessions.size,
    slotsHeld: () => cluster.slots.held().length,
    connections: () => registry.connectionCount,
    ringBytes: () => registry.bufferedBytes,
    sourcesFileProblems: () => book.problems().length,
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
    catalog,
    lists,
    slots: cluster.slots,
    registry,
    ffmpeg: media.ffmpeg,
    unsupported: media.unsupported,
  }
  const publicApp = createPublicApp({
    lookup,
    isOurs: createLoopGuard({ redis, keys }),
    playlists,
    home: createHomePage(settings.baseUrl, statusParts),
    readiness: () => readiness.check(),
    baseUrl: settings.baseUrl,
    sources,
    trustedProxies: settings.trustedProxies,
    logger,
  })
  const adminApp = createAdminApp({
    metrics: { text: () => metrics.registry.metrics(), contentType: metrics.registry.contentType },
    status: () => describeStatus(statusParts),
    refresh: () => queues.requestRefresh(sources().map((source) => source.id)),
    accept: createListAcceptor({ sources, lists, queues }),
    logger,
  })
  return { publicApp, adminApp, readiness, playlists }
}
