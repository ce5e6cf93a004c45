/**
 * How soon a player that joins a running channel has bytes, and a key frame, on the node that leads
 * and on one that follows.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  median,
  openViewer,
  quantile,
  startFakeProviderProcess,
  startRedisForTests,
  type TableRow,
} from '@kptv/testkit'
import { count, duration, printTable, printTitle } from './report.ts'
import { type RunningEdge, startEdge, startWorker, waitUntilReady } from './start-product.ts'

const BITS_PER_SECOND = 8_000_000
const JOINERS = 100
const EVERY_MS = 70
const SETTLE_MS = 4_000
const KEY_FRAME_BYTES = 128 * 1024
/** Some groups of pictures of this channel. */
const RINGS = { BUFFER_SIZE_PER_STREAM: '4MB', MAX_BUFFER_SIZE: '64MB' }

type Joins = { readonly firstByteMs: readonly number[]; readonly bytesToKeyFrame: readonly number[] }

await using redis = await startRedisForTests({ isPrivate: true })
const media = { kind: 'maker', options: { bitsPerSecond: BITS_PER_SECOND } } as const
await using provider = await startFakeProviderProcess({ entries: [{ streamId: '101', name: 'Channel', media }] })
const product = { redis, sources: `${await provider.playlistUrl()}|1`, settings: RINGS }
await using _worker = await startWorker(product)
await using leader = await startEdge({ ...product, settings: { ...RINGS, NODE_ID: 'leader' } })
await using follower = await startEdge({ ...product, settings: { ...RINGS, NODE_ID: 'follower' } })
await waitUntilReady(leader)
await waitUntilReady(follower)

const path = /\/stream\/\S+$/m.exec(await (await fetch(`${leader.url}/playlist.m3u8`)).text())?.[0]
if (path === undefined) throw new Error('the playlist holds no channel')
// Who comes first leads; both are watched all the time.
await using _first = await openViewer(leader.url + path)
await using _second = await openViewer(follower.url + path)
await sleep(SETTLE_MS)
const onLeader = await joinAgainAndAgain(leader)
const onFollower = await joinAgainAndAgain(follower)

printTitle(`join: ${JOINERS} players join a running channel of ${BITS_PER_SECOND / 1e6} Mbit/s, one after the other`)
printTable(
  ['', 'leader', 'follower'],
  [
    row('first byte, p50', ({ firstByteMs }) => duration(median(firstByteMs))),
    row('first byte, p95', ({ firstByteMs }) => duration(quantile(firstByteMs, 0.95))),
    row('first byte, latest', ({ firstByteMs }) => duration(Math.max(...firstByteMs))),
    row('bytes from PAT and PMT to the key frame, most', ({ bytesToKeyFrame }) => count(Math.max(...bytesToKeyFrame))),
  ],
)

async function joinAgainAndAgain(edge: RunningEdge): Promise<Joins> {
  const firstByteMs: number[] = []
  const bytesToKeyFrame: number[] = []
  for (let joiner = 0; joiner < JOINERS; joiner++) {
    await using viewer = await openViewer(edge.url + path)
    await viewer.waitForBytes(KEY_FRAME_BYTES)
    firstByteMs.push(viewer.firstByteAfterMs() ?? Number.NaN)
    bytesToKeyFrame.push(viewer.report().start.bytesFromTablesToKeyFrame ?? Number.POSITIVE_INFINITY)
    await sleep(EVERY_MS)
  }
  return { firstByteMs, bytesToKeyFrame }
}

function row(label: string, show: (joins: Joins) => string): TableRow {
  return [label, show(onLeader), show(onFollower)]
}
