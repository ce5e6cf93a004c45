import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  type RedisForTests,
  startFakeProviderThread,
  startRedisForTests,
} from '@kptv/testkit'
import { watchOnEach } from './support/played-on-nodes.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll } from './support/watch.ts'

// One Redis for two clusters whose channels have the same names. Pub/sub knows no databases: only
// names keep them apart.

let redis: RedisForTests
const providers: FakeProvider[] = []
const clusters: Cluster[] = []

beforeAll(async () => {
  redis = await startRedisForTests({ isPrivate: true })
}, 60_000)

afterAll(async () => {
  leaveAll()
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]()
  for (const provider of providers) await provider.stop()
  await redis?.stop()
}, 120_000)

/** Two edges with one channel; every packet of it names the cluster. */
async function start(name: string, database: string, settings: Record<string, string>): Promise<Cluster> {
  const provider = await startFakeProviderThread({ sourceId: name, entries: [{ streamId: '1', name: 'News' }] })
  providers.push(provider)
  const cluster = await startCluster({
    sources: `${provider.playlistUrl()}|1`,
    edges: 2,
    redis: { url: `${redis.url.replace(/\/\d*$/, '')}/${database}`, command: redis.command, stop: async () => {} },
    settings,
  })
  clusters.push(cluster)
  return cluster
}

async function play(cluster: Cluster) {
  const [channelId] = (await cluster.channelIds()).values()
  const viewers = await watchOnEach(cluster, channelId!)
  await eventually('both nodes play', () => viewers.every((viewer) => viewer.report().keyFrames >= 2), {
    deadlineMs: 60_000,
  })
  return { channelId, viewers }
}

test.each<[string, [string, Record<string, string>], [string, Record<string, string>]]>([
  ['two databases', ['0', {}], ['1', {}]],
  ['two names in one database', ['2', { CLUSTER: 'north' }], ['2', { CLUSTER: 'south' }]],
])(
  '%s: each plays its own',
  async (_, [oneDatabase, oneSettings], [otherDatabase, otherSettings]) => {
    const [first, second] = await Promise.all([
      start('one', oneDatabase, oneSettings),
      start('other', otherDatabase, otherSettings),
    ])
    const one = await play(first)
    // Begins later, so it has the higher term: its media used to replace that of the first.
    const other = await play(second)
    expect(other.channelId).toBe(one.channelId)
    await sleep(3_000)
    for (const [{ viewers }, name] of [[one, 'one'] as const, [other, 'other'] as const]) {
      for (const viewer of viewers) {
        const { problems, sequence } = viewer.report()
        expect(problems).toEqual([])
        expect([...new Set(sequence.streams.map(({ sourceId }) => sourceId))]).toEqual([name])
      }
    }
    for (const provider of providers) expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [] })
    leaveAll()
  },
  300_000,
)
