import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, openViewer, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const ENTRY = '#EXTINF:-1,One\n'
const PLAYABLE = `${ENTRY}{{base}}/live/{{user}}/{{password}}/1.ts\n`

let provider: FakeProvider
let cluster: Cluster
let channelId: string

beforeAll(async () => {
  const entries = [{ streamId: '1', name: 'One' }]
  provider = await startFakeProviderThread({ entries, playlist: { body: `#EXTM3U\n${PLAYABLE}` } })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|2`, edges: 2 })
  channelId = [...(await cluster.channelIds()).values()][0]!
}, 240_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

async function serve(body: string): Promise<void> {
  const generation = async () => (await cluster.status()).catalog?.generation
  const before = await generation()
  provider.setPlaylist({ body: `#EXTM3U\n${body}` })
  expect((await fetch(`${cluster.edge.adminUrl}/refresh`, { method: 'POST' })).status).toBe(202)
  await eventually('the list is served', async () => (await generation()) !== before)
}

/** A session that lingers would serve the next viewer with the stream that it has. */
afterEach(async () => {
  await eventually('nothing plays', async () => provider.truth().openStreams + (await cluster.slotCount()) === 0)
})

/** A link of ours, as an entry of a provider's list. */
const ownEntry = (edge: number): string => `${ENTRY}${cluster.edges[edge]!.url}/stream/${channelId}.ts\n`

async function loopsFound(): Promise<number> {
  const metrics = await (await fetch(`${cluster.edge.adminUrl}/metrics`)).text()
  return Number(metrics.match(/^kptv_upstream_failures_total\{[^}]*code="loop"[^}]*\} (\d+)$/m)?.[1] ?? 0)
}

test('an entry that points back at this proxy, on this node or another, is skipped at once', async () => {
  await serve(ownEntry(0) + ownEntry(1) + PLAYABLE)
  await using viewer = await openViewer(`${cluster.edge.url}/stream/${channelId}`)
  expect(viewer.status).toBe(200)
  await viewer.waitForBytes(188 * 100)
  expect(provider.truth().attempts).toHaveLength(1)
  expect(await loopsFound()).toBe(2)
}, 240_000)

test('a channel with no other entry reports that it has no playable stream', async () => {
  await serve(PLAYABLE + ownEntry(1).replaceAll('One', 'Two'))
  const two = (await cluster.channelIds()).get('Two')!
  const answer = await fetch(`${cluster.edge.url}/stream/${two}`)
  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({ error: 'no-playable-stream' })
}, 240_000)

test('an entry that names the channel, with escapes, capitals or a trailing slash, is skipped too', async () => {
  const { url } = cluster.edges[1]!
  const paths = ['/stream/One', '/stream/%4Fne.ts', `/STREAM/${channelId}`, `/stream/${channelId}.ts/`]
  await serve(paths.map((path) => `${ENTRY}${url}${path}\n`).join('') + PLAYABLE)
  const [loops, attempts] = [await loopsFound(), provider.truth().attempts.length]
  await using viewer = await openViewer(`${cluster.edge.url}/stream/${channelId}`)
  expect(viewer.status).toBe(200)
  await viewer.waitForBytes(188 * 100)
  expect((await loopsFound()) - loops).toBe(paths.length)
  expect(provider.truth().attempts.length - attempts).toBe(1)
}, 240_000)
