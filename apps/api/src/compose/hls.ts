import { createPlayerLeases, createSegmentLists } from '@kptv/coordination'
import { systemClock } from '../cluster/clock.ts'
import { fetchListFrom } from '../cluster/internal/fetch-list.ts'
import { fetchSegmentFrom } from '../cluster/internal/fetch-segment.ts'
import type { EdgeEvents } from '../events/edge-events.ts'
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
  { registry, lookup, events, isDraining }: Around,
): HlsChannels | undefined {
  if (!settings.enableRestreaming) return undefined
  const timing = hlsTiming(settings.hlsSegmentMs)
  // The connection of the leases: while Redis is away it fails at once.
  const store = { redis: leases, keys }
  const lists = createSegmentLists({ ...store, lifetimeMs: timing.leaseMs + LIST_GRACE_MS })

  /** The leader has it, and so has every other node that plays the channel. */
  const fetchSegment: HlsChannelsOptions['fetchSegment'] = async (channelId, record) => {
    const lead = await cluster.leadership.read(channelId).catch(() => undefined)
    const peers = cluster.nodes.lastKnownPeers()
    const leaders = peers.filter(({ incarnation }) => incarnation === lead?.incarnation)
    for (const peer of [...leaders, ...peers.filter((other) => !leaders.includes(other))]) {
      const parts = await fetchSegmentFrom(peer, { ...record, channelId })
      if (parts !== undefined && isSegment(parts, record)) return parts
    }
    return undefined
  }
  /** All are asked at once: without Redis nobody knows which of them leads. */
  const askLeader: HlsChannelsOptions['askLeader'] = async (channelId) => {
    const peers = cluster.nodes.lastKnownPeers()
    const answers = await Promise.all(peers.map((peer) => fetchListFrom(peer, channelId)))
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
    announce: (channelId) => void redis.publish(keys.segmentsWanted, channelId).catch(() => undefined),
    clock: systemClock,
    wallMs: Date.now,
  })
  internal.offerSegments({
    held: ({ channelId, number }) => hls.held(channelId, number),
    listOf: (channelId) => hls.ledList(channelId),
  })
  subscriber.on('message', (name: string, channelId: string) => {
    if (name === keys.segmentsWanted) hls.wanted(channelId)
  })
  return hls
}
