import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, fileBytes, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const SIZE = 24 * 1024 * 1024
const LIST = `#EXTM3U
#EXTINF:-1 catchup="xc" catchup-days="3",News
{{base}}/live/{{user}}/{{password}}/101.ts
#EXTINF:-1,Heat
{{base}}/movie/{{user}}/{{password}}/201.mp4
#EXTINF:-1,Alien
{{base}}/{{user}}/{{password}}/202
`

let provider: FakeProvider
let cluster: Cluster

beforeAll(async () => {
  provider = await startFakeProviderThread({
    playlist: { body: LIST },
    entries: [
      { streamId: '101', name: 'News' },
      { streamId: '201', name: 'Heat', kind: 'movie', media: { kind: 'bytes', sizeBytes: SIZE } },
      { streamId: '202', name: 'Alien', ending: 'mkv', media: { kind: 'bytes', sizeBytes: SIZE } },
    ],
  })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1`, edges: 2 })
}, 240_000)

afterEach(async () => provider.resetTruth())

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
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

test('a player that seeks in a VOD over two edges keeps the one connection of the provider', async () => {
  const id = await idOf('Heat')
  for (let seek = 0; seek < 12; seek++) {
    const from = (seek * 1_234_567) % SIZE
    const edge = cluster.edges[seek % 2]!
    const { status, bytes } = await readSome(`${edge.url}/stream/${id}.mp4`, { Range: `bytes=${from}-` })
    expect(status).toBe(206)
    expect(hashOf(bytes)).toBe(hashOf(fileBytes(from, from + bytes.length)))
  }
  const { violations, highWaterMark } = await provider.truth()
  expect({ violations, highWaterMark }).toEqual({ violations: [], highWaterMark: 1 })
})

test('a VOD that only its answer shows to be one plays from the first request on, and all edges know it then', async () => {
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

test('so does one that seeks in the past of a channel, and it goes over to live', async () => {
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

test('nothing is left in Redis once the players are gone', async () => {
  await eventually('all slots are free', async () => (await cluster.slotCount()) === 0, { deadlineMs: 60_000 })
})
