import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  createRandom,
  eventually,
  type FakeProvider,
  hasPrograms,
  type StartedProcess,
  startFakeProvider,
  startProcess,
} from '@kptv/testkit'
import { leaderOf } from './support/played-on-nodes.ts'
import { startRandomBalancer } from './support/random-balancer.ts'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'

let starting: AsyncDisposableStack
let providers: FakeProvider[]
let cluster: Cluster
let channelId: string
let balancer: string

beforeAll(async () => {
  starting = new AsyncDisposableStack()
  providers = await Promise.all(['first', 'second'].map((sourceId) => startFakeProvider({ sourceId })))
  for (const provider of providers) starting.defer(() => provider.stop())
  cluster = starting.use(
    await startCluster({
      sources: providers.map((provider) => `${provider.playlistUrl()}|1`).join(','),
      edges: 3,
      settings: { HLS_SEGMENT: '2s', RETRY_DELAY: '10ms' },
    }),
  )
  await eventually('both sources are one channel', async () => (await cluster.status()).catalog.streams === 2)
  channelId = [...(await cluster.channelIds()).values()][0]!
  const urls = cluster.edges.map(({ url }) => url)
  balancer = starting.use(await startRandomBalancer(urls, createRandom(1))).url
}, 240_000)

afterAll(() => starting.disposeAsync(), 240_000)

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url)
  expect([url, response.status]).toEqual([url, 200])
  return response.text()
}

async function hashOf(url: string): Promise<string> {
  const response = await fetch(url)
  expect([url, response.status]).toEqual([url, 200])
  return createHash('sha256')
    .update(new Uint8Array(await response.arrayBuffer()))
    .digest('hex')
}

const numbersIn = (playlist: string): number[] =>
  [...playlist.matchAll(/^(\d+)\.ts$/gm)].map(([, number]) => Number(number))

/** Path of the media playlist of a new player. */
async function openPlayer(base: string): Promise<string> {
  const multivariant = await fetchText(`${base}/stream/${channelId}.m3u8`)
  return `/stream/${multivariant.trim().split('\n').at(-1)}`
}

/** All these edges offer at least so many segments; the numbers that all of them have. */
async function offeredOn(edges: readonly EdgeNode[], media: string, count: number): Promise<number[]> {
  const offered = await Promise.all(edges.map(async ({ url }) => numbersIn(await fetchText(url + media))))
  const common = offered[0]!.filter((number) => offered.every((numbers) => numbers.includes(number)))
  return common.length >= count ? common : []
}

async function expectSameBytes(edges: readonly EdgeNode[], media: string): Promise<void> {
  let numbers: number[] = []
  const areThere = async () => {
    numbers = await offeredOn(edges, media, 4)
    return numbers.length > 0
  }
  await eventually('each edge offers four segments', areThere, { deadlineMs: 60_000 })
  for (const number of numbers) {
    const path = media.replace('live.m3u8', `${number}.ts`)
    const hashes = await Promise.all(edges.map(({ url }) => hashOf(url + path)))
    expect([number, new Set(hashes).size]).toEqual([number, 1])
  }
}

const openStreams = () => providers.reduce((sum, provider) => sum + provider.truth().openStreams, 0)

test('every segment is the same from every edge, with one connection to the provider', async () => {
  const media = await openPlayer(cluster.edge.url)
  await expectSameBytes(cluster.edges, media)
  expect(openStreams()).toBe(1)
}, 240_000)

const testWithFfmpeg = hasPrograms('ffmpeg') ? test : test.skip

/** Decode times of the video, of which the player writes a line for each frame. */
function videoTimes({ lines }: StartedProcess): number[] {
  const frames = lines.filter(({ from, text }) => from === 'stdout' && text.startsWith('0,'))
  return frames.map(({ text }) => Number(text.split(',')[1]))
}

testWithFfmpeg(
  'a switch of source, the death of the leader and a drain: ffmpeg notices none of them',
  async () => {
    const url = `${balancer}/stream/${channelId}.m3u8`
    const copy = ['-map', '0:v', '-map', '0:a', '-c', 'copy', '-flush_packets', '1', '-f', 'framecrc', '-']
    const player = await startProcess({
      command: 'ffmpeg',
      arguments: ['-nostdin', '-loglevel', 'warning', '-i', url, ...copy],
      name: 'player',
    })
    starting.use(player)
    const playOn = async (seconds: number) => {
      const frames = videoTimes(player).length + seconds * 25
      await eventually('the player has more', () => videoTimes(player).length >= frames, { deadlineMs: 90_000 })
    }
    await playOn(2)
    const playing = providers.find((provider) => provider.truth().openStreams === 1)!
    playing.cut('destroy')
    await playOn(5)

    const dead = await leaderOf(cluster, channelId)
    dead.process.killGroup('SIGKILL')
    await playOn(5)

    const drained = await leaderOf(cluster, channelId)
    drained.process.kill('SIGTERM')
    await playOn(5)

    player.kill('SIGINT')
    await player.waitForExit()
    const times = videoTimes(player)
    const stepsBack = times.filter((time, index) => index > 0 && time <= times[index - 1]!)
    expect(stepsBack).toEqual([])
    const complaints = player.lines.filter(({ from }) => from === 'stderr').map(({ text }) => text)
    expect(complaints).toEqual([])
    expect(openStreams()).toBe(1)
    for (const provider of providers) expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [] })
  },
  240_000,
)
