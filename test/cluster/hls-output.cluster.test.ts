import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  createRandom,
  eventually,
  type FakeProvider,
  hasPrograms,
  type ProviderMedia,
  shortOrLong,
  startFakeProviderThread,
} from '@kptv/testkit'
import { CHROMIUM, openBrowser } from '../page/open-browser.ts'
import { convertersOf } from './support/converters.ts'
import { type HlsPlayer, playOn, startFfmpeg, startHlsJs, startVlc } from './support/hls-players.ts'
import { makeRealClips } from './support/make-real-clips.ts'
import { leaderOf, nothingIsLeft } from './support/played-on-nodes.ts'
import { startRandomBalancer } from './support/random-balancer.ts'
import { redisTrafficOf } from './support/redis-traffic.ts'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'

/** Longer than the whole test. */
const CLIP_SECONDS = shortOrLong(300, 600)
/** Between two faults. */
const PLAY_SECONDS = shortOrLong(2, 34)
/** A player has this much in reserve: after it, what came with the last fault has been shown. */
const RESERVE_SECONDS = 10

const hasFfmpeg = hasPrograms('ffmpeg')
let starting: AsyncDisposableStack
let providers: FakeProvider[]
let cluster: Cluster
let channelId: string
let balancer: string

beforeAll(async () => {
  starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kptv-hls-'))
  starting.defer(() => rm(folder, { recursive: true }))
  const clips = hasFfmpeg ? await makeRealClips({ folder, codec: 'h264', seconds: CLIP_SECONDS }) : []
  const mediaOf = (index: number): ProviderMedia =>
    hasFfmpeg ? { kind: 'file', path: clips[index]!, isLive: true } : { kind: 'maker' }
  const start = (sourceId: string, index: number) => {
    const shared = { streamId: '101', name: 'Channel 1', media: mediaOf(index) }
    const other = { streamId: '102', name: 'Channel 2', media: { kind: 'maker' } as const }
    return startFakeProviderThread({ sourceId, entries: index === 0 ? [shared] : [shared, other] })
  }
  providers = await Promise.all(['first', 'second'].map(start))
  for (const provider of providers) starting.defer(() => provider.stop())
  cluster = starting.use(
    await startCluster({
      sources: providers.map((provider) => `${provider.playlistUrl()}|1`).join(','),
      edges: 3,
      settings: { HLS_SEGMENT: '2s', RETRY_DELAY: '10ms' },
    }),
  )
  await eventually('all streams are there', async () => (await cluster.status()).catalog.streams === 3)
  channelId = (await cluster.channelIds()).get('Channel 1')!
  const urls = cluster.edges.map(({ url }) => url)
  balancer = starting.use(await startRandomBalancer(urls, createRandom(1))).url
}, 240_000)

afterAll(() => starting.disposeAsync(), 240_000)

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url)
  const text = await response.text()
  expect([url, response.status === 200 ? '' : text]).toEqual([url, ''])
  return text
}

async function hashOf(url: string): Promise<string> {
  const response = await fetch(url)
  expect([url, response.status]).toEqual([url, 200])
  return createHash('sha256')
    .update(new Uint8Array(await response.arrayBuffer()))
    .digest('hex')
}

const filesIn = (playlist: string): string[] => [...playlist.matchAll(/^\d+\.(?:ts|m4s)$/gm)].map(([file]) => file)

/** Path of the media playlist of a new player. */
async function openPlayer(base: string, query: string, channel = channelId): Promise<string> {
  const multivariant = await fetchText(`${base}/stream/${channel}.m3u8${query}`)
  return `/stream/${multivariant.trim().split('\n').at(-1)}`
}

/** All these edges offer at least so many segments; those that all of them have. */
async function offeredOn(edges: readonly EdgeNode[], media: string, count: number): Promise<string[]> {
  const offered = await Promise.all(edges.map(async ({ url }) => filesIn(await fetchText(url + media))))
  const common = offered[0]!.filter((file) => offered.every((files) => files.includes(file)))
  return common.length >= count ? common : []
}

async function expectSameBytes(edges: readonly EdgeNode[], media: string): Promise<void> {
  let files: string[] = []
  const areThere = async () => {
    files = await offeredOn(edges, media, 6)
    return files.length > 0
  }
  await eventually('each edge offers six segments', areThere, { deadlineMs: 60_000 })
  const [, map] = /^#EXT-X-MAP:URI="(.*)"$/m.exec(await fetchText(edges[0]!.url + media)) ?? []
  for (const file of map === undefined ? files : [map, ...files]) {
    const path = media.replace('live.m3u8', file)
    const hashes = await Promise.all(edges.map(({ url }) => hashOf(url + path)))
    expect([file, new Set(hashes).size]).toEqual([file, 1])
  }
}

const openStreams = () => providers.reduce((sum, provider) => sum + provider.truth().openStreams, 0)

const testWithFfmpeg = hasFfmpeg ? test : test.skip

test('players of one node cost Redis no media', async () => {
  const media = await openPlayer(cluster.edge.url, '')
  const { mediaBytes, inBytes, outBytes } = await redisTrafficOf(cluster, [cluster.edge], { media, segments: 4 })
  expect(mediaBytes).toBeGreaterThan(0)
  expect(inBytes + outBytes).toBeLessThan(mediaBytes / 2)
}, 240_000)

test('every segment is the same from every edge, with one connection to the provider', async () => {
  await expectSameBytes(cluster.edges, await openPlayer(cluster.edge.url, ''))
  expect(openStreams()).toBe(1)
}, 240_000)

test('players of three nodes cost Redis the media once from the leader, and once to each other node', async () => {
  const media = await openPlayer(cluster.edge.url, '')
  const { mediaBytes, inBytes, outBytes } = await redisTrafficOf(cluster, cluster.edges, { media, segments: 3 })
  expect(inBytes).toBeGreaterThan(mediaBytes / 2)
  expect(inBytes).toBeLessThan(mediaBytes * 2)
  expect(outBytes).toBeGreaterThan(mediaBytes)
  expect(outBytes).toBeLessThan(mediaBytes * 4)
}, 240_000)

/** A channel that an order has stopped, for the player that it had. */
let stopped: { readonly channel: string; readonly media: string; readonly lastNumber: number }

const numbersIn = (playlist: string): number[] => filesIn(playlist).map((file) => Number.parseInt(file, 10))
const onAll = <Answer>(media: string, ask: (url: string) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(cluster.edges.map(({ url }) => ask(url + media)))

test('an order ends a channel for its players on every node', async () => {
  const channel = (await cluster.channelIds()).get('Channel 2')!
  const media = await openPlayer(cluster.edge.url, '', channel)
  const before = await onAll(media, fetchText)
  const answer = await fetch(`${cluster.edges[1]!.adminUrl}/admin/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ order: 'stop', channel }),
  })
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)])
  let ended: readonly string[] = []
  const areEnded = async () => {
    ended = await onAll(media, fetchText)
    return ended.every((playlist) => playlist.endsWith('#EXT-X-ENDLIST\n'))
  }
  await eventually('each node says that it has ended', areEnded, { deadlineMs: 60_000 })
  expect(new Set(ended).size).toBe(1)
  stopped = { channel, media, lastNumber: Math.max(...[...before, ...ended].flatMap(numbersIn)) }
}, 240_000)

testWithFfmpeg(
  'the same holds for both formats of fragmented MP4, which one ffmpeg makes',
  async () => {
    const queries = ['?format=fmp4', '?format=fmp4&audio=aac']
    const players = await Promise.all(queries.map((query) => openPlayer(cluster.edge.url, query)))
    await Promise.all(players.map((media) => expectSameBytes(cluster.edges, media)))
    expect(openStreams()).toBe(1)
    expect(await convertersOf(cluster.edges)).toHaveLength(1)
  },
  240_000,
)

test('a channel that has ended is gone on every node, and its address restarts it', async () => {
  const { channel, media, lastNumber } = stopped
  const areGone = async () => (await onAll(media, fetch)).every(({ status }) => status === 410)
  await eventually('no node plays it', areGone, { deadlineMs: 60_000 })
  const path = await openPlayer(cluster.edges[2]!.url, '', channel)
  const areThere = async () => (await onAll(path, fetch)).every(({ status }) => status === 200)
  await eventually('every node plays it again', areThere, { deadlineMs: 60_000 })
  const anew = await onAll(path, fetchText)
  expect(Math.min(...anew.flatMap(numbersIn))).toBeGreaterThan(lastNumber)
}, 240_000)

/** All that this machine has. */
async function startPlayers(): Promise<HlsPlayer[]> {
  const url = `${balancer}/stream/${channelId}.m3u8`
  const browser = CHROMIUM === undefined ? undefined : await openBrowser()
  if (browser !== undefined) starting.defer(() => browser.close())
  const inBrowser = (query: string) => browser && startHlsJs(browser, url + query)
  const started = await Promise.all([startFfmpeg(url), startVlc(url), inBrowser(''), inBrowser('?format=fmp4')])
  const players = started.filter((player) => player !== undefined)
  for (const player of players) starting.use(player)
  process.stderr.write(`HLS is played by ${players.map(({ name }) => name).join(', ')}\n`)
  return players
}

async function switchSource(): Promise<void> {
  providers.find((provider) => provider.truth().openStreams === 1)!.cut('destroy')
}

testWithFfmpeg(
  'two switches of source, the death of the leader and a drain: no player notices any of them',
  async () => {
    const players = await startPlayers()
    await playOn(players, PLAY_SECONDS)
    await switchSource()
    await playOn(players, PLAY_SECONDS)

    const dead = await leaderOf(cluster, channelId)
    dead.process.killGroup('SIGKILL')
    await playOn(players, PLAY_SECONDS)

    await switchSource()
    await playOn(players, PLAY_SECONDS)

    const drained = await leaderOf(cluster, channelId)
    drained.process.kill('SIGTERM')
    await playOn(players, PLAY_SECONDS + RESERVE_SECONDS)

    const complaints = await Promise.all(players.map(async (player) => [player.name, await player.finish()]))
    expect(complaints).toEqual(players.map(({ name }) => [name, []]))
    expect(openStreams()).toBe(1)
    for (const provider of providers) expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [] })
  },
  400_000,
)

test('nothing is left of a channel once its players have gone', async () => {
  await nothingIsLeft(cluster)
  expect(openStreams()).toBe(0)
  expect(await convertersOf(cluster.edges)).toEqual([])
}, 120_000)
