import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  openViewer,
  shortOrLong,
  startFakeProviderThread,
  type Viewer,
} from '@kptv/testkit'
import { edgeProcessOf } from '../chaos/rig.ts'
import { frameTimesOf, withoutFiller } from './support/capture.ts'
import { leaderOf, playOn } from './support/played-on-nodes.ts'
import { type Cluster, isFullyReady, startCluster } from './support/start-cluster.ts'

/** More than a viewer gets in this test. */
const KEPT_BYTES = 200_000_000
const SWITCHES = 10
/** From a join point on, so many bytes occur once. */
const SAMPLE_BYTES = 40 * 188

let sources: FakeProvider[]
let cluster: Cluster
let channelId: string
const viewers: Viewer[] = []

const watch = async (url: string): Promise<Viewer> => {
  const viewer = await openViewer(`${url}/stream/${channelId}`, { keptBytes: KEPT_BYTES })
  viewers.push(viewer)
  return viewer
}
const staying = (): Viewer[] => viewers.filter((viewer) => viewer.ended() === undefined)
const playing = (): FakeProvider | undefined => sources.find((source) => source.truth().openStreams > 0)

/** All viewers get a key frame of another leader. */
async function nextLeader(former: string): Promise<void> {
  const isLed = async () => {
    const name = await cluster.redis.command('HGET', `kptv:0:{channel:${channelId}}:lead`, 'node')
    return name !== null && name !== former && playing() !== undefined
  }
  await eventually('another node leads', isLed, { deadlineMs: 60_000 })
  await playOn(staying(), 1)
}

beforeAll(async () => {
  sources = await Promise.all(
    ['first', 'second'].map((sourceId, index) =>
      startFakeProviderThread({
        sourceId,
        // It sends nothing again to those who connect: no frame comes twice.
        profile: { burstMs: 0, gopMs: 1_000 },
        accounts: [{ user: 'user', password: 'pass', limit: 1 }],
        entries: [
          {
            streamId: '101',
            name: 'Channel',
            media: { kind: 'maker', options: { startTicks: 1_000_000 + index * 777_777_777 } },
          },
        ],
      }),
    ),
  )
  cluster = await startCluster({
    sources: sources.map((source) => `${source.playlistUrl()}|1`).join(','),
    edges: 3,
    settings: { RETRY_DELAY: '200ms', MAX_FAILURES_BEFORE_BLOCK: '1000', BUFFER_SIZE_PER_STREAM: '4MB' },
  })
  await eventually('both sources are one channel', async () => (await cluster.status()).catalog.streams === 2)
  channelId = [...(await cluster.channelIds()).values()][0]!
}, 240_000)

afterAll(async () => {
  for (const viewer of viewers) viewer.close()
  await cluster?.[Symbol.asyncDispose]()
  await Promise.all((sources ?? []).map((source) => source.stop()))
}, 120_000)

describe('one stream on three nodes', () => {
  test('within a term all nodes pass on the same bytes', async () => {
    for (const edge of cluster.edges) {
      const viewer = await watch(edge.url)
      await viewer.waitForBytes(SAMPLE_BYTES, { deadlineMs: 60_000 })
    }
    await playOn(viewers, 4)
    const captures = viewers.map((viewer) => withoutFiller(viewer.body()))
    const last = captures.at(-1)!
    for (const capture of captures.slice(0, -1)) {
      const start = capture.indexOf(last.subarray(0, SAMPLE_BYTES))
      expect(start).toBeGreaterThanOrEqual(0)
      const length = Math.min(last.length, capture.length - start)
      expect(length).toBeGreaterThan(100_000)
      expect(capture.subarray(start, start + length).equals(last.subarray(0, length))).toBe(true)
    }
  }, 240_000)

  // Without processes, with sources that send their last second again:
  // apps/api/src/media/takeovers.property.test.ts.
  const testLong = shortOrLong(test.skip, test)
  testLong(
    'after ten switches of source, two takeovers and a drain equal frames have equal timestamps',
    async () => {
      for (let turn = 0; turn < SWITCHES; turn += 1) {
        const before = playing()!
        before.setFaults({ refuseConnections: true })
        before.cut(turn % 2 === 0 ? 'destroy' : 'end')
        const isSwitched = () => before.truth().openStreams === 0 && playing() !== undefined
        await eventually('another source plays', isSwitched, { deadlineMs: 60_000 })
        before.clearFaults()
        await playOn(staying(), 1)
      }
      for (let takeover = 0; takeover < 2; takeover += 1) {
        const leader = await leaderOf(cluster, channelId)
        process.kill(await edgeProcessOf(leader), 'SIGKILL')
        await nextLeader(leader.name)
        await eventually('the node is back', () => isFullyReady(leader), { deadlineMs: 60_000 })
        await watch(leader.url)
        await playOn(staying(), 1)
      }
      const leader = await leaderOf(cluster, channelId)
      leader.process.kill('SIGTERM')
      await nextLeader(leader.name)
      await playOn(staying(), 2)

      const times = viewers.map((viewer) => frameTimesOf(viewer.body()))
      const differing = new Set<string>()
      let compared = 0
      for (const [index, one] of times.entries()) {
        for (const other of times.slice(index + 1)) {
          for (const [frame, ticks] of one) {
            if (!other.has(frame)) continue
            compared += 1
            if (other.get(frame) !== ticks) differing.add(frame)
          }
        }
      }
      expect(compared).toBeGreaterThan(500)
      expect([...differing]).toEqual([])
    },
    240_000,
  )
})
