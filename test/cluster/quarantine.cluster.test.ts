import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, type EdgeNode, isFullyReady, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

let provider: FakeProvider
let cluster: Cluster

beforeAll(async () => {
  provider = await startFakeProviderThread({
    entries: ['Deadly', 'Unlucky', 'Good'].map((name, index) => ({ streamId: `${index + 1}`, name })),
    accounts: [{ user: 'user', password: 'pass', limit: 3 }],
  })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|3`, edges: 2 })
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

async function addressOf(name: string, { url }: EdgeNode): Promise<string> {
  return `${url}${new URL(await cluster.streamUrl(name)).pathname}`
}

/** Ends the process of an edge that has just opened a channel, and waits until it serves again. */
async function killWhileOpening(name: string, edge: EdgeNode, signal: NodeJS.Signals): Promise<void> {
  const { pid } = await cluster.status(edge)
  const before = provider.truth().accounts.user?.opened ?? 0
  const leaving = new AbortController()
  const viewer = fetch(await addressOf(name, edge), { signal: leaving.signal }).catch(() => undefined)
  await eventually('the channel is opened', () => (provider.truth().accounts.user?.opened ?? 0) > before)
  process.kill(pid, signal)
  await eventually('another process serves', async () => {
    return (await isFullyReady(edge).catch(() => false)) && (await cluster.status(edge)).pid !== pid
  })
  leaving.abort()
  await viewer
}

test('a channel that two edge processes died of is refused on every node, and all others play', async () => {
  const [first, second] = [cluster.edge, cluster.edges[1]!]
  // As Node does when its heap is full.
  await killWhileOpening('Deadly', first, 'SIGABRT')
  await killWhileOpening('Deadly', second, 'SIGABRT')
  provider.resetTruth()
  for (const edge of [first, second]) {
    const response = await fetch(await addressOf('Deadly', edge))
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ error: 'streams-quarantined' }),
    ])
  }
  expect(provider.truth().channels['1']?.attempts ?? 0).toBe(0)
  const viewer = await watch(await addressOf('Good', first))
  await eventually('another channel plays', () => viewer.report().keyFrames >= 1)
}, 240_000)

test('a channel is not blamed for processes that were killed by someone else', async () => {
  await killWhileOpening('Unlucky', cluster.edge, 'SIGKILL')
  await killWhileOpening('Unlucky', cluster.edges[1]!, 'SIGKILL')
  const viewer = await watch(await addressOf('Unlucky', cluster.edge))
  await eventually('it plays', () => viewer.report().keyFrames >= 1)
}, 240_000)
