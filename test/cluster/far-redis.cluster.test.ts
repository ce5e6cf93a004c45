import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connectRedis, type Redis } from '@kptv/redis'
import { eventually, type FakeProvider, openViewer, startFakeProvider } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const CHANNELS = ['1', '2', '3']
const ROUND_TRIP_MS = 300
/** 2.5 s at 300 ms each, with room for the provider. */
const MOST_ROUND_TRIPS = 7

const silent = { debug() {}, info() {}, warn() {}, error() {} }

let provider: FakeProvider
let cluster: Cluster
let redis: Redis

beforeAll(async () => {
  const entries = CHANNELS.map((streamId) => ({ streamId, name: `Channel ${streamId}` }))
  provider = await startFakeProvider({ entries })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|3`, hasLinks: true })
  redis = await connectRedis({ url: cluster.redis.url, role: 'commands', name: 'test', logger: silent })
}, 240_000)

afterAll(async () => {
  redis?.disconnect()
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

/**
 * How often the start of a channel waits for Redis: commands that arrive together were sent
 * together, and the next ones come a round trip later.
 */
async function roundTripsOf(channelId: string): Promise<number> {
  const monitor = await (
    redis as unknown as { monitor(): Promise<NodeJS.EventEmitter & { disconnect(): void }> }
  ).monitor()
  const arrivals: number[] = []
  let isOpen = false
  monitor.on('monitor', (atSeconds: string, command: readonly string[]) => {
    const isOfStart = command.some((part) => part.includes(channelId) || /\{(?:account|stream):/.test(part))
    if (isOfStart && !isOpen) arrivals.push(Number(atSeconds) * 1_000)
  })
  const before = provider.truth().attempts.length
  const opening = openViewer(`${cluster.edge.url}/stream/${channelId}`)
  await eventually('the provider is asked', () => provider.truth().attempts.length > before, {
    deadlineMs: 60_000,
    everyMs: 5,
  })
  isOpen = true
  await using viewer = await opening
  expect(viewer.status).toBe(200)
  monitor.disconnect()
  return arrivals.filter((atMs, index) => index === 0 || atMs - arrivals[index - 1]! > ROUND_TRIP_MS / 3).length
}

test(`a Redis ${ROUND_TRIP_MS} ms away is waited for at most ${MOST_ROUND_TRIPS} times before a provider is asked`, async () => {
  const ids = [...(await cluster.channelIds()).values()]
  cluster.edge.link!.set({ delayMs: ROUND_TRIP_MS / 2 })
  const counts: number[] = []
  // A busy machine may cut a batch in two, so the best of three counts.
  for (const id of ids) counts.push(await roundTripsOf(id))
  expect(Math.min(...counts)).toBeGreaterThan(1)
  expect(Math.min(...counts)).toBeLessThanOrEqual(MOST_ROUND_TRIPS)
}, 240_000)
