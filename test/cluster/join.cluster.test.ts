import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

let provider: FakeProvider
let cluster: Cluster
let channel: string

beforeAll(async () => {
  provider = await startFakeProviderThread()
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1`, edges: 2 })
  const [id] = (await cluster.channelIds()).values()
  channel = `/stream/${id}`
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 240_000)

test('a viewer that joins a running channel gets a key frame in the first 64 KB after the tables, on leader and follower', async () => {
  const watchers = await Promise.all(cluster.edges.map((edge) => watch(edge.url + channel)))
  await eventually('both nodes play', () => watchers.every((viewer) => viewer.report().keyFrames >= 3), {
    deadlineMs: 30_000,
  })
  for (const edge of cluster.edges) {
    const joiner = await watch(edge.url + channel)
    await eventually('the joiner has video', () => joiner.report().keyFrames >= 1)
    const { start } = joiner.report()
    expect(start).toMatchObject({ hasTablesFirst: true, mediaPacketsBeforeKeyFrame: 0 })
    expect(start.bytesFromTablesToKeyFrame).toBeLessThanOrEqual(64 * 1024)
  }
}, 240_000)
