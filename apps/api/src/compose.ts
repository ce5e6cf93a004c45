import { randomBytes } from 'node:crypto'
import { createCatalogReader, createSourceLists } from '@kptv/catalog'
import type { Settings } from '@kptv/config'
import { createDeathWatch, createHeartbeat, createSlots, createStreamHealth } from '@kptv/coordination'
import { createJobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { connectRedis, createKeys } from '@kptv/redis'
import { createAddressPolicy } from '@kptv/upstream'
import { createChannelEntrance } from './channels/channel-entrance.ts'
import { ChannelRegistry } from './channels/channel-registry.ts'
import { playableStreams } from './channels/playable-streams.ts'
import { createSessionCluster } from './channels/session-cluster.ts'
import { createSessionObserver } from './channels/session-observer.ts'
import { DEFAULT_TIMING } from './channels/stream-pull.ts'
import { createAdminApp } from './http/admin-app.ts'
import { createPublicApp } from './http/app.ts'
import { createHomePage } from './http/home-page.ts'
import { PlaylistCache } from './http/playlist-cache.ts'
import { renderPlaylist } from './http/render-playlist.ts'
import { createMetrics } from './metrics.ts'
import { createReadiness } from './readiness.ts'
import { describeStatus } from './status.ts'

/** How long a slot outlives its holder's last renewal: reliability of the holder's end (4 s) and quarantine (15 s). */
const SLOT_LEASE_MS = 19_000
/** The first rest of a stream that failed too often; doubled each time. */
const STREAM_REST_MS = 60_000
/** A stream that played this long was sound: its end is no fault. */
const SOUND_MS = 10_000

export type Edge = Awaited<ReturnType<typeof composeEdge>>

/** Builds the edge node, top to bottom. Waits until Redis is there; starts nothing that serves viewers yet. */
export async function composeEdge(settings: Settings, logger: Logger) {
  const now = () => performance.now()
  const incarnation = randomBytes(16).toString('hex')
  const { nodeId, sources, redisUrl } = settings
  const keys = createKeys()

  const connect = (role: 'commands' | 'subscriber') => connectRedis({ url: redisUrl, role, logger, name: nodeId })
  const redis = await connect('commands')
  const subscriber = await connect('subscriber')

  const catalog = createCatalogReader({ redis, subscriber, keys })
  const lists = createSourceLists({ redis, keys })
  const queues = createJobQueues({
    connection: redis,
    prefix: keys.jobs,
    onError: (error) => logger.warn({ error }, 'job queue failed'),
  })

  const deathWatch = createDeathWatch({ redis, subscriber, keys, incarnation })
  const slots = createSlots({ redis, keys, incarnation, nodeId, leaseMs: SLOT_LEASE_MS, deathWatch })
  const heartbeat = createHeartbeat({ slots, leaseMs: SLOT_LEASE_MS, logger, reconnect: () => redis.disconnect(true) })
  const health = createStreamHealth({
    redis,
    keys,
    maxFailuresBeforeBlock: settings.maxFailuresBeforeBlock,
    restMs: STREAM_REST_MS,
  })

  const accounts = new Map(sources.map((source) => [source.id, source]))
  const sessionCluster = createSessionCluster({
    slots,
    health,
    accountOf: (sourceId) => accounts.get(sourceId)!,
    freeLingeringSlots: (accountId) => registry.freeLingeringSlots(accountId),
    logger,
  })
  const metrics = createMetrics({
    viewers: () => registry.viewerCount,
    channelsInPlay: () => registry.sessions.size,
    slotsHeld: () => slots.held().length,
    ringBytes: () => registry.ringBytes,
  })
  const registry: ChannelRegistry = new ChannelRegistry({
    cluster: sessionCluster,
    observer: createSessionObserver(metrics, logger),
    shared: settings.enableRestreaming,
    totalBufferBytes: settings.maxBufferSizeBytes,
    ringBytes: settings.bufferSizePerStreamBytes,
    settings: {
      limits: { maxRetries: settings.maxRetries, soundMs: SOUND_MS },
      retryDelayMs: settings.retryDelayMs,
      inactiveTimeoutMs: settings.inactiveTimeoutMs,
      minDataBytes: settings.minDataSizeBytes,
      timing: DEFAULT_TIMING,
    },
    now,
    random: Math.random,
  })
  heartbeat.onLost((slotIds) => registry.slotsLost(slotIds))

  const allowAddress = createAddressPolicy({
    allowedCidrs: settings.allowPrivate,
    allowedHosts: sources.map((source) => new URL(source.url).hostname),
  })
  const playlists = new PlaylistCache({
    currentGeneration: () => catalog.currentGeneration(),
    render: (generation, base) => renderPlaylist(catalog, generation, base),
    keepMs: settings.cacheEnabled ? settings.cacheDurationMs : 0,
    now,
  })
  const readiness = createReadiness(redis, catalog)
  const entrance = createChannelEntrance({
    catalog,
    registry,
    playable: (channel) => playableStreams(channel.streams, settings, allowAddress),
    isDraining: () => readiness.draining,
  })
  const statusParts = { node: { nodeId, incarnation }, sources, catalog, lists, slots, registry }

  const publicApp = createPublicApp({
    entrance,
    playlists,
    home: createHomePage(settings.baseUrl, statusParts),
    readiness: () => readiness.check(),
    baseUrl: settings.baseUrl,
    logger,
  })
  const adminApp = createAdminApp({
    metrics: { text: () => metrics.registry.metrics(), contentType: metrics.registry.contentType },
    status: () => describeStatus(statusParts),
    refresh: () => queues.requestRefresh(sources.map((source) => source.id)),
    logger,
  })

  return {
    publicApp,
    adminApp,

    async start(): Promise<void> {
      await deathWatch.start()
      heartbeat.start()
      catalog.onChange(() => playlists.expire())
    },

    refuseNewViewers(): void {
      readiness.draining = true
    },

    viewerCount: (): number => registry.viewerCount,

    /** Ends sessions and viewers, gives back all slots, then closes the connections to Redis. */
    async stop(): Promise<void> {
      readiness.draining = true
      await registry.stopAll()
      await heartbeat[Symbol.asyncDispose]()
      await queues[Symbol.asyncDispose]()
      redis.disconnect()
      subscriber.disconnect()
    },
  }
}
