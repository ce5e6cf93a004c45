import { afterEach, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

let provider: FakeProvider
let cluster: Cluster

afterEach(async () => {
  leaveAll()
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 240_000)

type Started = { readonly viewers: Viewer[]; readonly leader: EdgeNode }

/**
 * Three nodes with a viewer each; the account allows so many connections, and the provider refuses
 * more.
 */
async function start(limit: number, providerLimit = limit): Promise<Started> {
  const account = {
    user: 'user',
    password: 'password',
    limit: providerLimit,
    policy: { kind: 'refuse', status: 458 },
  } as const
  provider = await startFakeProviderThread({ accounts: [account] })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|${limit}`, edges: 3 })
  const stream = new URL(await cluster.streamUrl()).pathname
  const viewers = await Promise.all(cluster.edges.map((edge) => watch(edge.url + stream)))
  await plays(viewers, 3)
  return { viewers, leader: await leadingNode() }
}

async function leadingNode(): Promise<EdgeNode> {
  for (const edge of cluster.edges) {
    const [session] = (await cluster.status(edge)).channels
    if (session?.phase === 'playing') return edge
  }
  throw new Error('nobody leads')
}

const plays = (viewers: readonly Viewer[], keyFrames: number) => {
  const before = viewers.map((viewer) => viewer.report().keyFrames)
  return eventually(
    'all play on',
    () => viewers.every((viewer, index) => viewer.report().keyFrames >= before[index]! + keyFrames),
    { deadlineMs: 60_000 },
  )
}

const anotherLeads = (leader: EdgeNode) =>
  eventually(
    'another node leads',
    async () => {
      const leading = await Promise.all(
        cluster.edges
          .filter((edge) => edge !== leader)
          .map(async (edge) => (await cluster.status(edge)).channels[0]?.phase),
      )
      return leading.includes('playing')
    },
    { deadlineMs: 60_000 },
  )

describe('SIGTERM of the node that leads', () => {
  test('a spare slot: the next leader plays before the previous one closes, and no viewer notices', async () => {
    const { viewers, leader } = await start(2)
    leader.process.kill('SIGTERM')
    await anotherLeads(leader)
    await plays(viewers, 3)
    for (const viewer of viewers) {
      expect(viewer.ended()).toBeUndefined()
      expect(viewer.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0, switches: [] } })
    }
    await eventually('one connection is left', () => provider.truth().openStreams === 1)
    expect(provider.truth()).toMatchObject({ highWaterMark: 2, violations: [] })
    await eventually('the former slot is given back', async () => (await cluster.slotCount()) === 1)
  }, 240_000)

  test('no spare slot: the previous leader closes first, and the provider never sees a second connection', async () => {
    const { viewers, leader } = await start(1)
    leader.process.kill('SIGTERM')
    await anotherLeads(leader)
    await plays(viewers, 3)
    for (const viewer of viewers) {
      expect(viewer.ended()).toBeUndefined()
      expect(viewer.report().problems).toEqual([])
    }
    await eventually('one connection is left', () => provider.truth().openStreams === 1)
    expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [] })
    await eventually('one slot is taken', async () => (await cluster.slotCount()) === 1)
  }, 240_000)

  test('together with another node: the remaining node takes over, and no viewer notices', async () => {
    const { viewers, leader } = await start(2)
    const [leaving, staying] = cluster.edges.filter((edge) => edge !== leader)
    // It has the most viewers, so it would be the first to be asked.
    viewers.push(await watch(leaving!.url + new URL(await cluster.streamUrl()).pathname))
    await plays(viewers, 1)
    leaving!.process.kill('SIGTERM')
    leader.process.kill('SIGTERM')
    await eventually(
      'the node that stays leads',
      async () => (await cluster.status(staying)).channels[0]?.phase === 'playing',
      { deadlineMs: 60_000 },
    )
    await plays(viewers, 3)
    for (const viewer of viewers) {
      expect(viewer.ended()).toBeUndefined()
      expect(viewer.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0, switches: [] } })
    }
    await eventually('one connection is left', () => provider.truth().openStreams === 1)
    expect(provider.truth()).toMatchObject({ highWaterMark: 2, violations: [] })
  }, 240_000)

  test('the provider refuses the second connection: the previous leader closes first', async () => {
    const { viewers, leader } = await start(2, 1)
    leader.process.kill('SIGTERM')
    await anotherLeads(leader)
    await plays(viewers, 3)
    for (const viewer of viewers) {
      expect(viewer.ended()).toBeUndefined()
      expect(viewer.report().problems).toEqual([])
    }
    await eventually('one connection is left', () => provider.truth().openStreams === 1)
    await eventually('one slot is taken', async () => (await cluster.slotCount()) === 1)
  }, 240_000)
})
