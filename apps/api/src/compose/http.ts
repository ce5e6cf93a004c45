import { createChannelKey } from '@kptv/playlist'
import type { Metrics } from '../events/metrics.ts'
import { createLoopGuard } from '../http/loop-guard.ts'
import { guideEdition } from '../outputs/guide/guide-edition.ts'
import { renderGuide } from '../outputs/guide/render-guide.ts'
import { createChannelSearch } from '../outputs/home/channel-search.ts'
import { readSourceLine } from '../outputs/home/source-lines.ts'
import { renderPlaylist } from '../outputs/m3u/render-playlist.ts'
import { createAdminApp } from '../ports/admin-app.ts'
import { createPublicApp } from '../ports/public-app.ts'
import { type ChannelView, isWhole, keyOfView } from '../rendered/channel-view.ts'
import { createRenderedCache } from '../rendered/rendered-cache.ts'
import { splitCache } from '../rendered/split-cache.ts'
import { createChannelLookup } from '../sessions/channel-lookup.ts'
import { createListAcceptor } from '../status/accept-list.ts'
import { ReadinessWatch } from '../status/readiness-watch.ts'
import { readRedisVersion } from '../status/redis-version.ts'
import { readAlarms, readConnections } from '../status/source-facts.ts'
import { describeStatus } from '../status/status.ts'
import { VERSION } from '../version.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** Both ports: the public one for players and people, the admin port for operators. */
export function composeHttp(parts: EdgeParts, store: Store, membership: Membership, media: Media, metrics: Metrics) {
  const { settings, book, logger } = parts
  const { redis, keys, catalog, guide, lists, queues } = store
  const { cluster } = membership
  const { registry } = media
  const { current: sources } = book

  const countUse = (kind: string) => (use: 'hit' | 'miss') =>
    (use === 'hit' ? metrics.cacheHits : metrics.cacheMisses).inc({ kind })
  const readiness = new ReadinessWatch({
    redis,
    catalog,
    isWarm: cluster.isWarm,
    peers: () => cluster.nodes.lastKnownPeers(),
    monotonicMs: () => performance.now(),
  })
  const createPlaylists = () =>
    createRenderedCache<ChannelView>({
      keyOf: keyOfView,
      currentGeneration: () => catalog.currentGeneration(),
      render: (generation, view) => renderPlaylist(catalog, generation, view),
      keepMs: settings.cacheEnabled ? settings.cacheDurationMs : 0,
      monotonicMs: () => performance.now(),
      onUse: countUse('playlist'),
    })
  // The whole playlist is neither kept waiting nor pushed out by parts, which anyone can invent.
  const playlists = splitCache(isWhole, createPlaylists(), createPlaylists())
  const createGuides = () =>
    createRenderedCache<ChannelView>({
      keyOf: keyOfView,
      currentGeneration: () => guideEdition(catalog, guide),
      render: (_edition, view) => renderGuide({ catalog, guide }, view),
      keepMs: settings.cacheEnabled ? settings.cacheDurationMs : 0,
      monotonicMs: () => performance.now(),
      onUse: countUse('guide'),
    })
  const guides = splitCache(isWhole, createGuides(), createGuides())
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
    redisVersion: () => readRedisVersion(redis),
  }
  const publicApp = createPublicApp({
    lookup,
    isOurs: createLoopGuard({ redis, keys }),
    playlists,
    guides,
    search: createChannelSearch({ catalog, onUse: countUse('search') }),
    catalog,
    readiness: () => readiness.answer(),
    baseUrl: settings.baseUrl,
    sources,
    trustedProxies: settings.trustedProxies,
    onError: (code) => metrics.errorAnswers.inc({ code }),
    logger,
  })
  const adminApp = createAdminApp({
    metrics: { text: () => metrics.registry.metrics(), contentType: metrics.registry.contentType },
    status: () => describeStatus(statusParts),
    overview: {
      sources: () => Promise.all(sources().map((source) => readSourceLine(source, statusParts))),
      fileProblems: () => book.problems(),
    },
    hostNames: settings.adminHosts,
    version: VERSION,
    refresh: () => queues.requestRefresh(sources().map((source) => source.id)),
    accept: createListAcceptor({ sources, lists, queues }),
    logger,
  })
  return { publicApp, adminApp, readiness, playlists, guides }
}
