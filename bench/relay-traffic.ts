import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, type RedisForTests, startFakeProviderProcess, startRedisForTests } from '@kptv/testkit'
import { openLightViewer } from './light-viewer.ts'
import { type RunningEdge, startEdge, startWorker, waitUntilReady } from './start-product.ts'

const EDGES = 3
const CHANNEL_BITS_PER_SECOND = 2_000_000
const MEASURED_MS = 5_000

type Traffic = {
  /** Nodes with viewers besides the one that leads. */
  readonly followingNodes: number
  readonly viewers: number
  /** As Redis counts it, less what it is with no viewer at all; bytes a second. */
  readonly published: number
  readonly delivered: number
  /** SPUBLISH commands a second: media, or ticks. */
  readonly publishes: number
}

export const channelBytesPerSecond = CHANNEL_BITS_PER_SECOND / 8

/**
 * The cost of one channel to Redis, by the number of following nodes and of viewers, with the
 * product as deployed.
 */
export async function measureTraffic(
  followingNodes: readonly number[],
  viewers: readonly number[],
): Promise<readonly Traffic[]> {
  await using redis = await startRedisForTests({ isPrivate: true })
  const media = { kind: 'maker', options: { bitsPerSecond: CHANNEL_BITS_PER_SECOND } } as const
  await using provider = await startFakeProviderProcess({ entries: [{ streamId: '1', name: 'Channel 1', media }] })
  const options = { redis, sources: `${await provider.playlistUrl()}|1` }
  await using _worker = await startWorker(options)
  await using edges = new AsyncDisposableStack()
  const nodes: RunningEdge[] = []
  for (let index = 0; index < EDGES; index++) {
    nodes.push(edges.use(await startEdge({ ...options, settings: { NODE_ID: `edge-${index + 1}` } })))
  }
  for (const node of nodes) await waitUntilReady(node)
  const playlist = await (await fetch(`${nodes[0]!.url}/playlist.m3u8`)).text()
  const path = /\/stream\/[0-9a-f]{16}/.exec(playlist)?.[0] ?? ''

  const idle = await ratesOf(redis)
  const all: Traffic[] = []
  for (const following of followingNodes) {
    for (const count of viewers.filter((number) => number > following)) {
      const urls = Array.from({ length: count }, (_, index) => nodes[index % (following + 1)]!.url + path)
      // The first one alone, so that the first node leads.
      const first = await openLightViewer(urls[0]!)
      const rest = await Promise.all(urls.slice(1).map((url) => openLightViewer(url)))
      await sleep(1_500)
      const { input, output, publishes } = await ratesOf(redis)
      const net = { published: input - idle.input, delivered: output - idle.output }
      all.push({ followingNodes: following, viewers: count, ...net, publishes: publishes - idle.publishes })
      for (const viewer of [first, ...rest]) viewer.close()
      await eventually(
        'nobody leads any more',
        async () => {
          return ((await redis.command('KEYS', 'kptv:0:{channel:*}:lead')) as string[]).length === 0
        },
        { deadlineMs: 30_000 },
      )
    }
  }
  return all
}

type Rates = { readonly input: number; readonly output: number; readonly publishes: number }

/** Redis' own counters, per second. */
async function ratesOf(redis: RedisForTests): Promise<Rates> {
  const startedAt = performance.now()
  const before = await countersOf(redis)
  await sleep(MEASURED_MS)
  const after = await countersOf(redis)
  const seconds = (performance.now() - startedAt) / 1000
  const rate = (key: keyof Rates) => (after[key] - before[key]) / seconds
  return { input: rate('input'), output: rate('output'), publishes: rate('publishes') }
}

async function countersOf(redis: RedisForTests): Promise<Rates> {
  const info = `${await redis.command('INFO', 'stats')}${await redis.command('INFO', 'commandstats')}`
  const read = (pattern: RegExp) => Number(pattern.exec(info)?.[1] ?? 0)
  return {
    input: read(/total_net_input_bytes:(\d+)/),
    output: read(/total_net_output_bytes:(\d+)/),
    publishes: read(/cmdstat_spublish:calls=(\d+)/),
  }
}
