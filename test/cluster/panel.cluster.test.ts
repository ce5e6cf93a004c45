import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const LOGINS = ['anna', 'bert', 'carl']
const CHANNELS = 4

let provider: FakeProvider
let cluster: Cluster
let folder: MadeFolder

beforeAll(async () => {
  provider = await startFakeProviderThread({
    accounts: LOGINS.map((user) => ({ user, password: `${user}-pass`, limit: 1 })),
    entries: Array.from({ length: CHANNELS }, (_, index) => ({
      streamId: `${index + 1}`,
      name: `Channel ${index + 1}`,
      attributes: [['group-title', 'All']],
    })),
  })
  folder = await makeFolder()
  const logins = LOGINS.map((user) => `      - { username: ${user}, password: ${user}-pass }\n`).join('')
  const file = `sources:\n  - name: panel\n    type: xtream\n    url: ${provider.url}\n    logins:\n${logins}`
  await folder.put('sources.yaml', file)
  cluster = await startCluster({
    sources: '',
    edges: 2,
    settings: { SOURCES_FILE: folder.pathOf('sources.yaml') },
  })
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
  await folder?.[Symbol.asyncDispose]()
}, 90_000)

test('three logins with one connection each play three channels on two edges; the fourth gets a 503', async () => {
  const ids = [...(await cluster.channelIds()).values()]
  expect(ids).toHaveLength(CHANNELS)
  const urlOf = (index: number) => `${cluster.edges[index % 2]!.url}/stream/${ids[index]}`
  const viewers = await Promise.all([0, 1, 2].map((index) => watch(urlOf(index))))
  expect(viewers.map(({ status }) => status)).toEqual([200, 200, 200])
  const fourth = await fetch(urlOf(3))
  expect([fourth.status, await fourth.json()]).toMatchObject([503, { error: 'sources-full' }])
  const { accounts, violations } = provider.truth()
  expect(LOGINS.map((user) => accounts[user]?.highWaterMark)).toEqual([1, 1, 1])
  expect(violations).toEqual([])
  const [source] = (await cluster.status()).sources
  expect(source?.accounts.map(({ limit, inUse, maxConnections }) => [limit, inUse, maxConnections])).toEqual([
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
  ])
  viewers[0]!.close()
  await eventually(
    'the fourth channel has the connection of the first',
    async () => (await watch(urlOf(3))).status === 200,
  )
  expect(provider.truth().violations).toEqual([])
}, 120_000)
