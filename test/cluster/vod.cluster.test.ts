import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import {
  createPlayers,
  eventually,
  type FakeProvider,
  fileBytes,
  shortOrLong,
  startFakeProviderThread,
} from '@kptv/testkit'
import { CHROMIUM, openBrowser } from '../page/open-browser.ts'
import { startFileTap } from './support/file-tap.ts'
import { seekInBrowser, seekInMpv } from './support/seek-players.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const SIZE = shortOrLong(24, 1024) * 1024 * 1024
const SEEKS = shortOrLong(12, 50)
/** How often the clip is in the file that players seek in: the long form has more than 1 GB. */
const ROUNDS = shortOrLong(1, 15)
const CLIP_SECONDS = 120
const LIST = `#EXTM3U
#EXTINF:-1 catchup="xc" catchup-days="3",News
{{base}}/live/{{user}}/{{password}}/101.ts
#EXTINF:-1,Heat
{{base}}/movie/{{user}}/{{password}}/201.mp4
#EXTINF:-1,Alien
{{base}}/{{user}}/{{password}}/202
#EXTINF:-1,Clip
{{base}}/movie/{{user}}/{{password}}/203.mp4
`
const players = createPlayers()
/** Far apart, back and forth: no buffer of a player holds two of them. */
const PLACES = Array.from({ length: SEEKS }, (_, index) => (((index * 47) % (CLIP_SECONDS - 10)) + 2) * ROUNDS)

let provider: FakeProvider
let cluster: Cluster
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kptv-vod-'))
  const clip = join(folder, 'clip.mp4')
  if (players.has('ffmpeg')) await makeClip(clip)
  const clipBytes = players.has('ffmpeg') ? (await stat(clip)).size : 0
  provider = await startFakeProviderThread({
    playlist: { body: LIST },
    entries: [
      { streamId: '101', name: 'News' },
      { streamId: '201', name: 'Heat', kind: 'movie', media: { kind: 'bytes', sizeBytes: SIZE } },
      { streamId: '203', name: 'Clip', kind: 'movie', media: { kind: 'bytes', path: clip, sizeBytes: clipBytes } },
      { streamId: '202', name: 'Alien', extension: 'mkv', media: { kind: 'bytes', sizeBytes: SIZE } },
    ],
  })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1`, edges: 2 })
}, 240_000)

afterEach(async () => provider.resetTruth())

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
  await rm(folder, { recursive: true, force: true })
}, 90_000)

/** Reads the first bytes of a response as a player does that then seeks. */
async function readSome(url: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController()
  const response = await fetch(url, { headers, signal: leaving.signal })
  const { value = new Uint8Array() } = (await response.body?.getReader().read()) ?? {}
  leaving.abort()
  return { status: response.status, headers: response.headers, bytes: value }
}
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const idOf = async (name: string): Promise<string> => (await cluster.channelIds()).get(name)!

test('a player that seeks in a VOD over two edges keeps its one connection to the provider', async () => {
  const id = await idOf('Heat')
  for (let seek = 0; seek < SEEKS; seek++) {
    const from = (seek * 1_234_567) % SIZE
    const edge = cluster.edges[seek % 2]!
    const { status, bytes } = await readSome(`${edge.url}/stream/${id}.mp4`, { Range: `bytes=${from}-` })
    expect(status).toBe(206)
    expect(hashOf(bytes)).toBe(hashOf(fileBytes(from, from + bytes.length)))
  }
  const { violations, highWaterMark } = await provider.truth()
  expect({ violations, highWaterMark }).toEqual({ violations: [], highWaterMark: 1 })
})

test('a VOD that only its answer reveals plays from the first request, and then all edges know it', async () => {
  const id = await idOf('Alien')
  const [first, second] = cluster.edges.map(({ url }) => `${url}/stream/${id}.ts`)
  const opened = await readSome(first!)
  expect([opened.status, opened.headers.get('content-length')]).toEqual([200, `${SIZE}`])
  expect(opened.headers.get('content-type')).toBe('video/x-matroska')
  expect(hashOf(opened.bytes)).toBe(hashOf(fileBytes(0, opened.bytes.length)))
  const asked = (await provider.truth()).attempts.length
  for (let seek = 0; seek < 6; seek++) {
    const from = (seek * 7_654_321) % SIZE
    const { status, bytes } = await readSome([first!, second!][seek % 2]!, { Range: `bytes=${from}-` })
    expect([status, hashOf(bytes)]).toEqual([206, hashOf(fileBytes(from, from + bytes.length))])
  }
  // As HLS it is sent on to its file, by an edge that has never played it.
  const hls = await fetch(second!.replace('.ts', '.m3u8'), { redirect: 'manual' })
  expect([hls.status, hls.headers.get('location')]).toEqual([302, `${id}.mkv`])
  const { violations, highWaterMark, attempts } = await provider.truth()
  expect({ violations, highWaterMark }).toEqual({ violations: [], highWaterMark: 1 })
  // Nobody tries to play it as a channel again.
  expect(attempts.length).toBe(asked + 6)
})

test("a player that seeks in a channel's archive does too, and moves on to live", async () => {
  const id = await idOf('News')
  const nowS = Math.floor(Date.now() / 1000)
  for (let seek = 0; seek < 6; seek++) {
    const edge = cluster.edges[seek % 2]!
    const past = `utc=${nowS - 7_200 + seek * 60}&duration=600`
    const { status, bytes } = await readSome(`${edge.url}/archive/${id}.ts?${past}`)
    expect([status, bytes[0]]).toEqual([200, 0x47])
  }
  expect((await readSome(`${cluster.edges[1]!.url}/stream/${id}.ts`)).status).toBe(200)
  const { violations, highWaterMark } = await provider.truth()
  expect({ violations, highWaterMark }).toEqual({ violations: [], highWaterMark: 1 })
})

const testInPlayers = players.has('ffmpeg') ? test : test.skip

testInPlayers(
  'a browser and mpv seek back and forth in a real file, over one connection',
  async () => {
    await using tap = await startFileTap(cluster.edge.url, join(folder, 'clip.mp4'))
    const url = `${tap.url}/stream/${await idOf('Clip')}.mp4`
    if (CHROMIUM !== undefined) {
      await using browser = await openBrowser()
      const seen = await seekInBrowser(browser, url, PLACES)
      // The video plays on while it is read.
      expect(seen.map((place, index) => Math.abs(place - PLACES[index]!) < 5)).toEqual(PLACES.map(() => true))
      await expectOneConnection(SEEKS / 2)
    }
    const mpv = players.commandOf('mpv')
    if (mpv === undefined) return
    provider.resetTruth()
    expect(await seekInMpv(mpv, url, PLACES)).toEqual(PLACES)
    await expectOneConnection(SEEKS / 2)
    expect(tap.seen.wrongAt).toEqual([])
    expect(tap.seen.bytes).toBeGreaterThan(SEEKS * 10_000)
  },
  600_000,
)

test('an edge killed while it plays a VOD leaves nothing in Redis', async () => {
  const doomed = cluster.edges[1]!
  const response = await fetch(`${doomed.url}/stream/${await idOf('Heat')}.mp4`)
  await response.body!.getReader().read()
  expect(await cluster.slotCount()).toBe(1)
  doomed.process.killGroup('SIGKILL')
  await eventually('its slot is free', async () => (await cluster.slotCount()) === 0, { deadlineMs: 60_000 })
  const { status } = await readSome(`${cluster.edge.url}/stream/${await idOf('Heat')}.mp4`)
  expect(status).toBe(200)
  expect((await provider.truth()).violations).toEqual([])
}, 120_000)

test('nothing is left in Redis once the players are gone', async () => {
  await eventually('all slots are free', async () => (await cluster.slotCount()) === 0, { deadlineMs: 60_000 })
})

/** @param requests so many at least, or the players did not seek */
async function expectOneConnection(requests: number): Promise<void> {
  const { violations, highWaterMark, attempts } = await provider.truth()
  expect({ violations, highWaterMark }).toEqual({ violations: [], highWaterMark: 1 })
  expect(attempts.length).toBeGreaterThanOrEqual(requests)
}

/** Its header comes last, and it is far larger than the buffers of players. */
async function makeClip(path: string): Promise<void> {
  const run = promisify(execFile)
  const input = `testsrc2=size=320x180:rate=10:duration=${CLIP_SECONDS},noise=all_strength=60:all_flags=t`
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '20', '-g', '20', '-pix_fmt', 'yuv420p']
  const once = join(folder, 'once.mp4')
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', input, ...video, once])
  await run('ffmpeg', ['-v', 'error', '-stream_loop', `${ROUNDS - 1}`, '-i', once, '-c', 'copy', path])
}
