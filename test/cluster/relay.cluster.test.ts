import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProvider, type Viewer } from '@kptv/testkit'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

let provider: FakeProvider
let cluster: Cluster
let channel: string

beforeEach(async () => {
  provider = await startFakeProvider()
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1`, edges: 3 })
  const [id] = (await cluster.channelIds()).values()
  channel = `/stream/${id}`
}, 60_000)

afterEach(async () => {
  leaveAll()
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 60_000)

const onEach = (): Promise<Viewer[]> => Promise.all(cluster.edges.map((edge) => watch(edge.url + channel)))

const everyonePlays = (viewers: readonly Viewer[], keyFrames: number) =>
  eventually('all play', () => viewers.every((viewer) => viewer.report().keyFrames >= keyFrames), {
    deadlineMs: 30_000,
  })

/** The node that leads, and the others. */
async function leaderAndFollowers(): Promise<{ leader: EdgeNode; followers: EdgeNode[] }> {
  const phases = await Promise.all(cluster.edges.map(async (edge) => (await cluster.status(edge)).channels[0]?.phase))
  const leader = cluster.edges[phases.indexOf('playing')]
  if (leader === undefined) throw new Error(`nobody leads: ${phases}`)
  return { leader, followers: cluster.edges.filter((edge) => edge !== leader) }
}

describe('one channel on three nodes', () => {
  test('one connection, flawless everywhere, nothing left behind', async () => {
    const viewers = await onEach()
    await everyonePlays(viewers, 5)
    for (const viewer of viewers) {
      expect(viewer.report().problems).toEqual([])
      expect(viewer.report().sequence.lost).toBe(0)
    }
    expect(provider.truth()).toMatchObject({ highWaterMark: 1, openStreams: 1, violations: [] })
    leaveAll()
    await eventually(
      'nothing is left',
      async () => provider.truth().openStreams === 0 && (await cluster.slotCount()) === 0,
      { deadlineMs: 30_000 },
    )
    await eventually('no leadership and no presence is left', async () => {
      const left = (await cluster.redis.command('KEYS', '*{channel:*')) as string[]
      return !left.some((key) => key.endsWith(':lead') || key.endsWith(':presence'))
    })
  }, 90_000)

  test('500 first viewers at once: exactly one connection ever', async () => {
    const viewers = await Promise.all(
      Array.from({ length: 500 }, (_, index) => watch(cluster.edges[index % 3]!.url + channel)),
    )
    expect(viewers.filter((viewer) => viewer.status !== 200)).toEqual([])
    await everyonePlays(viewers, 1)
    expect(provider.truth().channels['101']).toMatchObject({ opened: 1, highWaterMark: 1 })
  }, 120_000)

  test.each([
    ['its edge process is killed', (_leader: EdgeNode, pid: number) => process.kill(pid, 'SIGKILL')],
    ['with its supervisor', (leader: EdgeNode) => leader.process.killGroup('SIGKILL')],
    ['its edge process is frozen', (_leader: EdgeNode, pid: number) => process.kill(pid, 'SIGSTOP')],
  ])(
    'the leader is lost (%s): the others go on in the same response',
    async (_, kill) => {
      const viewers = await onEach()
      await everyonePlays(viewers, 3)
      const { leader, followers } = await leaderAndFollowers()
      const { pid } = (await (await fetch(`${leader.adminUrl}/status`)).json()) as { pid: number }
      const staying = viewers.filter((_viewer, index) => followers.includes(cluster.edges[index]!))
      const before = staying.map((viewer) => viewer.report().keyFrames)
      kill(leader, pid)
      await eventually(
        'the others play on',
        () => staying.every((viewer, index) => viewer.report().keyFrames >= before[index]! + 5),
        { deadlineMs: 30_000 },
      )
      for (const viewer of staying) {
        expect(viewer.ended()).toBeUndefined()
        expect(viewer.report().problems).toEqual([])
      }
      expect(provider.truth().violations).toEqual([])
      expect(provider.truth().openStreams).toBe(1)
    },
    90_000,
  )

  test('a leader that drains hands over: nobody loses the response', async () => {
    const viewers = await onEach()
    await everyonePlays(viewers, 3)
    const { leader } = await leaderAndFollowers()
    leader.process.kill('SIGTERM')
    await eventually('another node leads', async () => (await leaderAndFollowers()).leader !== leader, {
      deadlineMs: 20_000,
    })
    const before = viewers.map((viewer) => viewer.report().keyFrames)
    await eventually(
      'all play on',
      () => viewers.every((viewer, index) => viewer.report().keyFrames >= before[index]! + 3),
      {
        deadlineMs: 20_000,
      },
    )
    for (const viewer of viewers) {
      expect(viewer.ended()).toBeUndefined()
      expect(viewer.report().problems).toEqual([])
    }
    expect(provider.truth().violations).toEqual([])
  }, 90_000)

  test('Redis is killed and comes back empty: viewers stay, the provider sees no new connection', async () => {
    const viewers = await onEach()
    await everyonePlays(viewers, 3)
    const before = viewers.map((viewer) => viewer.report().keyFrames)
    await cluster.redis.killHard()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await cluster.redis.restart()
    await eventually(
      'all play on',
      () => viewers.every((viewer, index) => viewer.report().keyFrames >= before[index]! + 5),
      {
        deadlineMs: 30_000,
      },
    )
    for (const viewer of viewers) {
      expect(viewer.ended()).toBeUndefined()
      expect(viewer.report().problems).toEqual([])
    }
    expect(provider.truth().channels['101']?.opened).toBe(1)
  }, 90_000)
})
