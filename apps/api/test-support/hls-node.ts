import { EdgeEvents } from '../src/events/edge-events.ts'
import { writeSeries } from '../src/http/segment-format.ts'
import type { ViewerClient } from '../src/media/viewer.ts'
import { HlsChannel, type HlsChannelOptions } from '../src/packaging/hls-channel.ts'
import { hlsTiming } from '../src/packaging/hls-timing.ts'
import type { SegmentList } from '../src/packaging/segment-list.ts'
import { SegmentMemory } from '../src/packaging/segment-store.ts'
import { createMemorySegmentLists } from './memory-segment-lists.ts'
import { createSessionSource } from './session-source.ts'

/** Who watches by HLS. */
export const CLIENT: ViewerClient = { user: 'anna', priority: 0, player: 'VLC', address: '192.0.2.1', sinceMs: 1 }

export const NOW_S = Date.UTC(2026, 0) / 1_000

/** A node that leads its channel, with a source whose media comes when the test says so. */
export function createHlsNode(given: Partial<HlsChannelOptions> & { readonly maxBytes?: number } = {}) {
  const tv = createSessionSource(1)
  const { lists, state } = createMemorySegmentLists(NOW_S)
  const fmp4 = createMemorySegmentLists(NOW_S)
  const memory = new SegmentMemory(given.maxBytes ?? 16 * 1024 * 1024)
  const timing = hlsTiming(2_000)
  const heard: string[] = []
  const announced: string[] = []
  const channel = new HlsChannel({
    channelId: 'channel',
    openSession: () => tv.open(),
    timing,
    lists: { ts: lists, fmp4: fmp4.lists, 'fmp4-aac': fmp4.lists },
    players: {
      lifetimeMs: timing.leaseMs,
      async renew(_, players) {
        heard.push(...players)
        return { joined: players.length, left: 0, own: new Set(heard).size }
      },
    },
    memory,
    events: new EdgeEvents(),
    isDraining: () => false,
    incarnation: () => 'one',
    fetchSegment: async () => undefined,
    askLeader: async () => undefined,
    announce: (series) => void announced.push(writeSeries(series)),
    startFfmpeg: undefined,
    clock: tv.clock,
    wallMs: () => NOW_S * 1_000,
    onClosed: () => undefined,
    ...given,
  })
  return {
    tv,
    state,
    memory,
    announced,
    channel,
    fmp4: fmp4.state,
    /** Time passes with media, and a player that asks every second. */
    async play(seconds: number, player?: string): Promise<void> {
      for (let second = 0; second < seconds; second++) {
        channel.heard({ player, format: 'ts', client: CLIENT })
        await tv.pass(1_000)
      }
    },
  }
}

export async function listOf(channel: HlsChannel): Promise<SegmentList> {
  const list = await channel.list('ts')
  if (typeof list === 'string') throw new Error(list)
  return list
}
