import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  type RedisSentinelForTests,
  startFakeProviderThread,
  startRedisSentinel,
} from '@kptv/testkit'
import { flawsOf, nothingIsLeft, playOn, watchOnEach } from './support/played-on-nodes.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll } from './support/watch.ts'

/** As `warmUpMs` of packages/coordination. */
const WARM_UP_MS = 4_500

let provider: FakeProvider
let redis: RedisSentinelForTests
let cluster: Cluster

beforeAll(async () => {
  provider = await startFakeProviderThread()
  // As docs/operations.md wants it: with one replica less it still takes writes.
  const serverArguments = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '2']
  redis = await startRedisSentinel({ replicas: 2, serverArguments })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1`, edges: 3, redis })
}, 240_000)

afterAll(async () => {
  leaveAll()
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 240_000)

const fieldsOf = async (key: string): Promise<Record<string, string>> => {
  const pairs = (await redis.command('HGETALL', key)) as string[]
  return Object.fromEntries(pairs.flatMap((name, index) => (index % 2 === 0 ? [[name, pairs[index + 1]!]] : [])))
}

test('the primary is killed: viewers stay, the provider never sees two connections, no node writes to a replica', async () => {
  const [channel = ''] = (await cluster.channelIds()).values()
  const lead = `kptv:0:{channel:${channel}}:lead`
  const viewers = await watchOnEach(cluster, channel)
  await playOn(viewers, 4)
  for (const viewer of viewers) expect(viewer.report().problems).toEqual([])
  const { term } = await fieldsOf(lead)

  const killed = await redis.primary()
  await killed.killHard()
  await eventually('the Sentinels name another primary', async () => (await redis.primary()) !== killed, {
    deadlineMs: 30_000,
  })
  await eventually('a node leads again', async () => (await redis.command('EXISTS', lead)) === 1, {
    deadlineMs: 60_000,
  })
  await playOn(viewers, 6, 120_000)

  for (const viewer of viewers) {
    expect(viewer.ended()).toBeUndefined()
    expect(flawsOf(viewer)).toEqual([])
  }
  expect(provider.truth().violations).toEqual([])
  expect(provider.truth().highWaterMark).toBe(1)
  // While its replica is late, the new primary takes no writes, so the leader may pause once more.
  await eventually('the provider has one connection', () => provider.truth().openStreams === 1)
  // Anyone who had not led before waited until the new primary was warm.
  const [after, guard] = [await fieldsOf(lead), await fieldsOf('kptv:0:memory')]
  expect(after.term === term || Number(after.claimedAt) - Number(guard.since) >= WARM_UP_MS).toBe(true)
  for (const server of redis.servers.filter((server) => server !== killed)) {
    expect(String(await server.command('INFO', 'errorstats'))).not.toContain('errorstat_READONLY')
  }
  leaveAll()
  await eventually('the provider has no connection', () => provider.truth().openStreams === 0, { deadlineMs: 30_000 })
  await nothingIsLeft(cluster)
}, 300_000)
