import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const CHANNELS = 12

let provider: FakeProvider
let cluster: Cluster
let ids: string[]

beforeAll(async () => {
  provider = await startFakeProviderThread({
    accounts: [{ user: 'user', password: 'pass', limit: 3 }],
    entries: Array.from({ length: CHANNELS }, (_, index) => ({
      streamId: `${index + 1}`,
      name: `Channel ${index + 1}`,
    })),
  })
  cluster = await startCluster({
    sources: `${provider.playlistUrl()}|3`,
    edges: 2,
    settings: { INACTIVE_TIMEOUT: '5s' },
  })
  ids = [...(await cluster.channelIds()).values()]
}, 240_000)

afterEach(() => {
  leaveAll()
  provider.clearFaults()
})

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

const open = (id: string, node = cluster.edge): Promise<Viewer> => watch(`${node.url}/stream/${id}`)
const noSlotIsLeft = () =>
  eventually('no slot is left in Redis', async () => (await cluster.slotCount()) === 0, { deadlineMs: 25_000 })

describe('a source that allows three connections', () => {
  test('of 12 channels requested at once on two nodes, 3 play and 9 get 503 with Retry-After', async () => {
    const viewers = await Promise.all(ids.map((id, index) => open(id, cluster.edges[index % 2])))
    const playing = viewers.filter((viewer) => viewer.status === 200)
    const refused = viewers.filter((viewer) => viewer.status === 503)
    expect([playing.length, refused.length]).toEqual([3, 9])
    expect(refused.every((viewer) => Number(viewer.headers['retry-after']) > 0)).toBe(true)
    await eventually('the three have media', () => playing.every((viewer) => viewer.report().keyFrames >= 2))
    expect(provider.truth().violations).toEqual([])
    expect(provider.truth().highWaterMark).toBe(3)
    expect(await cluster.slotCount()).toBe(3)
    for (const viewer of playing) viewer.close()
    await noSlotIsLeft()
    await eventually('the provider has no connection', () => provider.truth().openStreams === 0)
  }, 240_000)

  test('zapping: a connection without viewers makes room at once', async () => {
    for (const [index, id] of ids.slice(0, 9).entries()) {
      // From one node to the other, as a balancer spreads them: idle connections of another node
      // make room too.
      const node = cluster.edges[index % 2]
      const viewer = await open(id, node)
      expect([index, viewer.status]).toEqual([index, 200])
      await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
      viewer.close()
      await eventually('the viewer is gone', async () => (await cluster.status(node)).viewers === 0)
    }
    expect(provider.truth().violations).toEqual([])
    await noSlotIsLeft()
  }, 240_000)

  test('three viewers that zap at the same moment get one idle connection each', async () => {
    const first = await Promise.all(ids.slice(0, 3).map((id) => open(id)))
    await eventually('three channels play', () => first.every((viewer) => viewer.report().keyFrames >= 1))
    leaveAll()
    await eventually('the viewers are gone', async () => (await cluster.status()).viewers === 0)
    const second = await Promise.all(ids.slice(3, 6).map((id) => open(id)))
    expect(second.map((viewer) => viewer.status)).toEqual([200, 200, 200])
    expect(provider.truth().violations).toEqual([])
    leaveAll()
    await noSlotIsLeft()
  }, 240_000)

  test('an attempt that fails before the first byte returns its slot', async () => {
    for (const faults of [{ status: { code: 404 } }, { htmlInsteadOfMedia: true }, { nullPacketsOnly: true }]) {
      provider.setFaults(faults)
      const visits = ids
        .slice(0, 3)
        .map((id) => fetch(`${cluster.edge.url}/stream/${id}`, { signal: AbortSignal.timeout(1_500) }))
      await Promise.allSettled(visits)
    }
    await noSlotIsLeft()
    expect(provider.truth().violations).toEqual([])
  }, 240_000)

  test('the slots of an edge that was killed with its supervisor are free for others within the lease', async () => {
    const doomed = await cluster.startEdge()
    const viewers = await Promise.all(ids.slice(0, 3).map((id) => open(id, doomed)))
    await eventually('three channels play', () => viewers.every((viewer) => viewer.report().keyFrames >= 1))
    doomed.process.killGroup('SIGKILL')
    await Promise.all(viewers.map((viewer) => viewer.waitForEnd()))
    await eventually(
      'another node gets a slot',
      async () => {
        const viewer = await open(ids[5]!)
        viewer.close()
        return viewer.status === 200
      },
      { deadlineMs: 25_000, everyMs: 200 },
    )
    await eventually('no slot is left in Redis', async () => (await cluster.slotCount()) === 0, { deadlineMs: 25_000 })
    expect(provider.truth().violations).toEqual([])
  }, 240_000)
})
