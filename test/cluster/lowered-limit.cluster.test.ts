import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const BEFORE = 3
const LOWERED = 1

let provider: FakeProvider
let cluster: Cluster
let folder: MadeFolder

async function putLimit(limit: number): Promise<void> {
  await folder.put('sources.yaml', `sources:\n  - { name: One, url: "${provider.playlistUrl()}", limit: ${limit} }\n`)
}

beforeAll(async () => {
  provider = await startFakeProviderThread({
    entries: [{ streamId: '1', name: 'One' }],
    accounts: [{ user: 'user', password: 'pass', limit: BEFORE }],
  })
  folder = await makeFolder()
  await putLimit(BEFORE)
  cluster = await startCluster({
    sources: '',
    edges: 2,
    settings: { SOURCES_FILE: folder.pathOf('sources.yaml'), ENABLE_RESTREAMING: 'false' },
  })
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
  await folder?.[Symbol.asyncDispose]()
}, 90_000)

// With shared connections, lowered-limits.redis.test.ts shows which of them end.
test('a lowered limit is enforced while people watch, even if each viewer has its own connection', async () => {
  const path = new URL(await cluster.streamUrl('One')).pathname
  const viewers = [
    await watch(`${cluster.edge.url}${path}`),
    await watch(`${cluster.edge.url}${path}`),
    await watch(`${cluster.edges[1]!.url}${path}`),
  ]
  await eventually('all play', () => viewers.every((viewer) => viewer.report().keyFrames >= 1))
  expect(provider.truth().openStreams).toBe(BEFORE)

  await putLimit(LOWERED)
  await eventually('one connection is left', () => provider.truth().openStreams === LOWERED, { deadlineMs: 90_000 })
  const keyFrames = () => viewers.reduce((sum, viewer) => sum + viewer.report().keyFrames, 0)
  const before = keyFrames()
  await eventually('its viewer goes on', () => keyFrames() > before + 1)
  expect(await cluster.slotCount()).toBe(LOWERED)
  expect(provider.truth().violations).toEqual([])
}, 240_000)
