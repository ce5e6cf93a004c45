import { Agent, get } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, shortOrLong, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const CHANNELS = 20_000
/** More would take a busy machine longer than the supervisor of an edge waits for its beat. */
const SEARCHES = shortOrLong(600, 1_500)

let provider: FakeProvider
let cluster: Cluster

beforeAll(async () => {
  const entries = Array.from({ length: CHANNELS }, (_, index) => ({ streamId: `${index}`, name: `Channel ${index}` }))
  provider = await startFakeProviderThread({ entries })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1` })
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

/** Status of a search that a client at this address of the loopback network sends. */
function search(text: string, localAddress: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${cluster.edge.url}/api/channels?q=${text}`, { localAddress, agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    }).on('error', reject)
  })
}

/** All of them at once, while somebody else asks for playlists and pages one after the other. */
async function flood(addressOf: (index: number) => string) {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  let isOver = false
  const searches = Promise.all(
    Array.from({ length: SEARCHES }, (_, index) => search(`zzzz${index}`, addressOf(index), agent)),
  ).finally(() => {
    isOver = true
  })
  const others: number[] = []
  do {
    for (const path of ['/playlist.m3u8', '/healthz', '/readyz']) {
      const response = await fetch(cluster.edge.url + path)
      await response.arrayBuffer()
      others.push(response.status)
    }
  } while (!isOver)
  const counts = Map.groupBy(await searches, (status) => status)
  agent.destroy()
  return { others, counts: Object.fromEntries([...counts].map(([status, all]) => [String(status), all.length])) }
}

test.each([
  ['one address: only its share of a minute is searched, the rest is refused', () => '127.0.0.2'],
  ['150 addresses: few wait, the rest is refused', (index: number) => `127.0.1.${index % 150}`],
])(
  `${SEARCHES} simultaneous searches harm nobody; from %s`,
  async (_, addressOf) => {
    const viewer = await watch(await cluster.streamUrl('Channel 7'))
    await eventually('the channel plays', () => viewer.report().keyFrames >= 2)
    const { others, counts } = await flood(addressOf)
    expect([...new Set(others)]).toEqual([200])
    const { '200': answered = 0, '429': limited = 0, '503': busy = 0 } = counts
    expect(answered + limited + busy).toBe(SEARCHES)
    expect(answered).toBeGreaterThan(0)
    expect(limited + busy).toBeGreaterThan(0)
    if (addressOf(0) === addressOf(1)) expect(answered + busy).toBeLessThanOrEqual(120)
    const before = viewer.report().keyFrames
    await eventually('the viewer plays on', () => viewer.report().keyFrames > before + 1)
    expect(viewer.report().problems).toEqual([])
  },
  240_000,
)

test('all searches together read the catalogue once', async () => {
  const metrics = await (await fetch(`${cluster.edge.adminUrl}/metrics`)).text()
  const misses = Number(/^kptv_cache_misses_total\{kind="search"\} (\d+)/m.exec(metrics)?.[1])
  // Those that ran before there was an index waited for the same one.
  expect(misses).toBeLessThanOrEqual(2)
})
