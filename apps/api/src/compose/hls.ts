import { systemClock } from '@kptv/clock'
import { createPlayerLeases, createSegmentLists } from '@kptv/coordination'
import { type Ffmpeg, startFfmpeg } from '@kptv/upstream'
import { fetchListFrom } from '../cluster/internal/fetch-list.ts'
import { fetchSegmentFrom } from '../cluster/internal/fetch-segment.ts'
import type { EdgeEvents } from '../events/edge-events.ts'
import { readSeries, writeSeries } from '../http/segment-format.ts'
import { isSegment } from '../packaging/fragment-log.ts'
import { HlsChannels, type HlsChannelsOptions } from '../packaging/hls-channels.ts'
import { hlsTiming, LIST_GRACE_MS } from '../packaging/hls-timing.ts'
import { SegmentMemory } from '../packaging/segment-store.ts'
import type { ChannelLookup } from '../sessions/channel-lookup.ts'
import type { ChannelRegistry } from '../sessions/channel-registry.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Store } from './redis.ts'

type Around = {
  readonly registry: ChannelRegistry
  readonly lookup: ChannelLookup
  readonly events: EdgeEvents
  readonly ffmpeg: Ffmpeg | undefined
  readonly isDraining: () => boolean
}

/**
 * The channels as HLS. Undefined with ENABLE_RESTREAMING off: without a channel that is shared
 * there is nothing to cut.
 */
export function composeHls(
  { settings }: EdgeParts,
  { redis, leases, subscriber, keys }: Store,
  { cluster, internal }: Membership,
  { registry, lookup, events, ffmpeg, isDraining }: Around,
): HlsChannels | undefined {
  if (!settings.enableRestreaming) return undefined
  const timing = hlsTiming(settings.hlsSegmentMs)
  // The connection of the leases: while Redis is away it fails at once.
  const store = { redis: leases, keys }
  const ofLists = { ...store, lifetimeMs: timing.leaseMs + LIST_GRACE_MS }
  const lists = {
    ts: createSegmentLists(ofLists),
    fmp4: createSegmentLists({ ...ofLists, format: 'fmp4' }),
    'fmp4-aac': createSegmentLists({ ...ofLists, format: 'fmp4-aac' }),
  }

  /** The leader has it, and so has every other node that plays the channel. */
  const fetchSegment: HlsChannelsOptions['fetchSegment'] = async (series, record) => {
    const lead = await cluster.leadership.read(series.channelId).catch(() => undefined)
    const peers = cluster.nodes.lastKnownPeers()
    const leaders = peers.filter(({ incarnation }) => incarnation === lead?.incarnation)
    for (const peer of [...leaders, ...peers.filter((other) => !leaders.includes(other))]) {
      const parts = await fetchSegmentFrom(peer, { ...record, ...series })
      if (parts !== undefined && isSegment(parts, record)) return parts
    }
    return undefined
  }
  /** All are asked at once: without Redis nobody knows which of them leads. */
  const askLeader: HlsChannelsOptions['askLeader'] = async (series) => {
    const peers = cluster.nodes.lastKnownPeers()
    const answers = await Promise.all(peers.map((peer) => fetchListFrom(peer, writeSeries(series))))
    return answers.find((list) => list !== undefined)
  }
  const hls = new HlsChannels({
    timing,
    lists,
    players: createPlayerLeases({ ...store, incarnation: () => cluster.incarnation.id, lifetimeMs: timing.leaseMs }),
    memory: new SegmentMemory(settings.hlsBufferBytes),
    events,
    isDraining,
    incarnation: () => cluster.incarnation.id,
    openSession: (channelId) => lookup.openSession({ channelId }),
    isInPlay: (channelId) => registry.running(channelId) !== undefined,
    fetchSegment,
    askLeader,
    announce: (series) => void redis.publish(keys.segmentsWanted, writeSeries(series)).catch(() => undefined),
    startFfmpeg: ffmpeg && ((parameters, outputs) => startFfmpeg(ffmpeg, parameters, { outputs })),
    clock: systemClock,
    wallMs: Date.now,
  })
  internal.offerSegments({
    held: ({ number, ...series }) => hls.held(series, number),
    listOf: (series) => hls.ledList(readSeries(series)),
  })
  subscriber.on('message', (name: string, series: string) => {
    if (name === keys.segmentsWanted) hls.wanted(readSeries(series))
  })
  return hls
}
