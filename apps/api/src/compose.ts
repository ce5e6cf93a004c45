import { createCatalogReader, createSourceLists } from '@kptv/catalog'
import { reportSources, type Settings, type SourceBook } from '@kptv/config'
import { createStreamHealth, type Timing } from '@kptv/coordination'
import { createJobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import { createChannelKey } from '@kptv/playlist'
import { connectRedis, createKeys, localAddressOf } from '@kptv/redis'
import { connectRedisRelay } from '@kptv/relay'
import { createAddressPolicy, findFfmpeg } from '@kptv/upstream'
import { openInternalPort } from './cluster/internal/internal-port.ts'
import { joinCluster } from './cluster/join-cluster.ts'
import { createSessionSlots } from './cluster/session-slots.ts'
import { SharedChannel } from './cluster/shared-channel.ts'
import { createSlotSignals } from './cluster/slot-signals.ts'
import { createMetrics } from './events/metrics.ts'
import { createSessionObserver } from './events/session-observer.ts'
import { createLoopGuard } from './http/loop-guard.ts'
import { createHomePage } from './outputs/home/home-page.ts'
import { keyOfView } from './outputs/m3u/playlist-view.ts'
import { renderPlaylist } from './outputs/m3u/render-playlist.ts'
import { createAdminApp } from './ports/admin-app.ts'
import { createPublicApp } from './ports/public-app.ts'
import { createPlayableStreams } from './providers/playable-streams.ts'
import { DEFAULT_TIMING } from './providers/stream-pull.ts'
import { createUnsupportedStreams } from './providers/unsupported-streams.ts'
import { createPlaylistCache } from './rendered/rendered-cache.ts'
import { createChannelLookup } from './sessions/channel-lookup.ts'
import { ChannelRegistry } from './sessions/channel-registry.ts'
import { createListAcceptor } from './status/accept-list.ts'
import { createReadiness } from './status/readiness.ts'
import { readAlarms } from './status/source-facts.ts'
import { describeStatus } from './status/status.ts'

/** The first rest of a stream that failed too often; doubled each time. */
const STREAM_REST_MS = 60_000
/** A stream that played this long was sound: its end is no fault. */
const STABLE_MS = 10_000

export type EdgeParts = {
  readonly settings: Settings
  readonly timing: Timing
  readonly book: SourceBook
  readonly logger: Logger
}

export type Edge = Awaited<ReturnType<typeof composeEdge>>

/** Builds the edge node, top to bottom. Waits until Redis is there; starts nothing that serves viewers yet. */
export async function composeEdge({ settings, timing, book, logger }: EdgeParts) {
  const { nodeId, redisUrl, relayRedisUrl } = settings
  const { current: sources } = book
  const now = () => performance.now()
  const keys = createKeys()
  const leaving = new AsyncDisposableStack()

  const redis = await connectRedis({ url: redisUrl, role: 'commands', logger, name: nodeId })
  const leases = await connectRedis({
    ...{ url: redisUrl, role: 'commands', logger, name: `${nodeId}-leases` },
    commandTimeoutMs: timing.commandMs,
  })
  const subscriber = await connectRedis({ url: redisUrl, role: 'subscriber', logger, name: nodeId })
  for (const connection of [redis, leases, subscriber]) leaving.defer(() => connection.disconnect())

  const catalog = createCatalogReader({ redis, subscriber, keys })
  const lists = createSourceLists({ redis, keys })
  const onError = (error: unknown): void => logger.warn({ error }, 'job queue failed')
  const queues = leaving.use(createJobQueues({ connection: redis, prefix: keys.jobs, onError }))

  const internal = leaving.use(
    await openInternalPort({
      host: settings.internalHost,
      port: settings.internalPort,
      localAddress: localAddressOf(leases),
    }),
  )
  const cluster = joinCluster({
    ...{ leases, subscriber, keys, nodeId, port: settings.port, internal, timing, logger },
    accountIds: () => [...new Set(sources().map((source) => source.accountId))],
    load: () => ({
      state: readiness.isDraining ? 'draining' : 'serving',
      viewers: registry.viewerCount,
      channels: registry.sessions.size,
    }),
  })
  leaving.defer(() => cluster.leave())
  const { accounts, leadership, presence, slots } = cluster
  const relay = await connectRedisRelay({
    ...{ url: relayRedisUrl, keys, incarnation: cluster.incarnation.id, logger, name: `${nodeId}-relay` },
  })
  leaving.use(relay)
  const health = createStreamHealth({
    ...{ redis, keys, maxFailuresBeforeBlock: settings.maxFailuresBeforeBlock, restMs: STREAM_REST_MS },
  })

  const metrics = createMetrics({
    viewers: () => registry.viewerCount,
    channelsInPlay: () => registry.sessions.size,
    slotsHeld: () => slots.held().length,
    connections: () => registry.connectionCount,
    ringBytes: () => registry.bufferedBytes,
    sourcesFileProblems: () => book.problems().length,
    alarms: () => readAlarms(sources(), lists),
  })
  const freeLingeringSlot = (accountId: string): Promise<boolean> => registry.freeLingeringSlot(accountId)
  const signals = createSlotSignals({
    // Each edge hears it, this one too.
    tell: (signal, accountId) => {
      redis.publish(signal === 'wanted' ? keys.slotWanted : keys.slotFreed, accountId).catch(() => undefined)
    },
    now,
  })
  const incarnation = (): string => cluster.incarnation.id
  const mayLead = async (other: string) => (await cluster.nodes.read(other))?.state === 'serving'
  const share = (channelId: string) =>
    new SharedChannel({ channelId, leadership, presence, incarnation, mayLead, relay, now })
  const registry: ChannelRegistry = new ChannelRegistry({
    cluster: createSessionSlots({ nodeId, slots, accounts, health, signals, freeLingeringSlot, logger }),
    share: settings.enableRestreaming ? share : undefined,
    observer: createSessionObserver(metrics, logger),
    totalBufferBytes: settings.maxBufferSizeBytes,
    mostRingBytes: settings.bufferSizePerStreamBytes,
    settings: {
      limits: { maxRetries: settings.maxRetries, stableMs: STABLE_MS, slate: settings.slate },
      retryDelayMs: settings.retryDelayMs,
      inactiveTimeoutMs: settings.inactiveTimeoutMs,
      minDataBytes: settings.minDataSizeBytes,
      timing: DEFAULT_TIMING,
    },
    now,
    random: Math.random,
  })
  subscriber.on('message', (name: string, accountId: string) => {
    if (name === keys.slotFreed) registry.slotFreed(accountId)
    if (name !== keys.slotWanted) return
    signals.heardWanted(accountId)
    void freeLingeringSlot(accountId)
  })
  slots.onLost((slotIds) => registry.slotsLost(slotIds))

  const allowAddress = createAddressPolicy({
    allowedCidrs: settings.allowPrivate,
    allowedHosts: () => sources().map((source) => new URL(source.url).hostname),
  })
  const warnOfTls = (): void => {
    for (const { id: source, tls } of sources()) {
      if (tls === 'insecure')
        logger.warn({ source }, 'certificates are not checked for this source, as its settings say')
    }
  }
  warnOfTls()
  const playlists = createPlaylistCache({
    keyOf: keyOfView,
    currentGeneration: () => catalog.currentGeneration(),
    render: (generation, view) => renderPlaylist(catalog, generation, view),
    keepMs: settings.cacheEnabled ? settings.cacheDurationMs : 0,
    now,
  })
  const unsupported = createUnsupportedStreams()
  const ffmpeg = findFfmpeg(settings.ffmpeg, process.env.PATH ?? '')
  const playable = createPlayableStreams({ ...settings, sources, loopMark: incarnation }, allowAddress, {
    ffmpeg,
    unsupported,
  })
  const adoptGeneration = (generation: number): void => {
    playlists.expire()
    const streamsOf = async (channelId: string) => {
      const channel = await catalog.channel(channelId, generation)
      return channel && playable(channel)
    }
    registry.changeStreams(streamsOf).catch((error) => logger.warn({ error }, 'channels in play keep their streams'))
  }
  // Limits, logins and header fields of channels in play are those of the sources as they are now.
  const adoptSources = async (): Promise<void> => {
    reportSources(book, logger)
    warnOfTls()
    const generation = await catalog.currentGeneration()
    if (generation !== undefined) adoptGeneration(generation)
  }
  book.onChange(
    () => void adoptSources().catch((error) => logger.warn({ error }, 'channels in play keep their sources')),
  )
  leaving.use(book)
  const readiness = createReadiness({ redis, catalog, isWarm: cluster.isWarm })
  const lookup = createChannelLookup({
    catalog,
    registry,
    keyOf: createChannelKey(settings.groupStripTags),
    playable,
    isDraining: () => readiness.isDraining,
  })
  const statusParts = { nodeId, cluster, sources, book, catalog, lists, slots, registry, ffmpeg, unsupported }

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

  return {
    publicApp,
    adminApp,
    incarnation: (): string => cluster.incarnation.id,

    async start(): Promise<void> {
      await subscriber.subscribe(keys.slotWanted, keys.slotFreed)
      await cluster.start()
      leaving.use(catalog.onChange(adoptGeneration))
    },

    refuseNewViewers: (): void => readiness.drain(),
    handOver: (): void => registry.handOverAll(),
    isHandingOver: (): boolean => registry.isHandingOver,
    viewerCount: (): number => registry.viewerCount,

    /** Ends sessions and viewers, gives back all slots, then closes the connections to Redis. */
    async stop(): Promise<void> {
      readiness.drain()
      await registry.stopAll()
      await leaving.disposeAsync()
    },
  }
}
