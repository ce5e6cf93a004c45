import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { liveState } from '@kptv/contract'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const ENTRIES = [
  { streamId: '1', name: 'One', attributes: [['group-title', 'News']] },
  { streamId: '2', name: 'Two', attributes: [['group-title', 'News']] },
  { streamId: '3', name: 'Test card', attributes: [['group-title', 'News']] },
  { streamId: '4', name: 'Film', attributes: [['group-title', 'Films']] },
] as const

let first: FakeProvider
let second: FakeProvider
let cluster: Cluster
let folder: MadeFolder

beforeAll(async () => {
  first = await startFakeProviderThread({
    entries: ENTRIES,
    accounts: [{ user: 'joe77', password: 'pass-1', limit: 1 }],
  })
  second = await startFakeProviderThread({
    entries: [...ENTRIES].reverse(),
    accounts: [{ user: 'ann88', password: 'pass-2', limit: 1 }],
  })
  folder = await makeFolder()
  await put(fileOf(first))
  cluster = await startCluster({ sources: '', settings: { SOURCES_FILE: folder.pathOf('sources.yaml') } })
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await Promise.all([first?.stop(), second?.stop()])
  await folder?.[Symbol.asyncDispose]()
}, 90_000)

const fileOf = (
  provider: FakeProvider,
  filters = '{ include: { group: "^News$" }, exclude: { name: "(?i)^test" } }',
) => `
sources:
  - name: My provider
    url: ${provider.playlistUrl()}
    userAgent: Agent/1
    listHeaders: { X-List: of-the-list }
    playHeaders: { X-Play: of-the-stream }
    filters: ${filters}
`

/** As editors do it. */
async function put(text: string): Promise<void> {
  await folder.put('sources.yaml', text)
}

/** What the catalogue knows of each channel: id, stream ids, and nothing of hosts or logins. */
async function idsInCatalogue(): Promise<string[]> {
  const { redis } = cluster
  const generation = await redis.command('GET', 'kptv:0:{catalog}:current')
  const records = (await redis.command('HGETALL', `kptv:0:{catalog}:${generation}:channels`)) as
    | Record<string, string>
    | string[]
  const pairs = Array.isArray(records) ? records : Object.entries(records).flat()
  return pairs
    .map((text) =>
      text.startsWith('{')
        ? JSON.stringify(
            (JSON.parse(text) as { readonly streams: Array<{ readonly id: string }> }).streams.map(({ id }) => id),
          )
        : text,
    )
    .sort()
}

test('a source of the file is requested as the file says, and filtered', async () => {
  expect([...(await cluster.channelIds()).keys()]).toEqual(['One', 'Two'])
  const { name, import: imported } = (await cluster.status()).sources[0]!
  expect({ name, ...imported }).toMatchObject({ name: 'My provider', entries: 2, filtered: 2 })
  const viewer = await watch(await cluster.streamUrl('One'))
  await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
  const asked = first
    .truth()
    .requests.map(({ kind, headers }) => [kind, headers['user-agent'], headers['x-list'], headers['x-play']])
  expect(asked).toContainEqual(['playlist', 'Agent/1', 'of-the-list', undefined])
  expect(asked).toContainEqual(['stream', 'Agent/1', undefined, 'of-the-stream'])
})

test('host and login change without a restart: everything is requested again, and no id changes', async () => {
  const before = await idsInCatalogue()
  const lastImport = async () => (await cluster.status()).sources[0]!.import
  const { fetchedAt } = await lastImport()
  await put(fileOf(second))
  await eventually('the other host is asked', () => second.truth().playlistFetches > 0)
  // It was taken before, too.
  await eventually('its list is taken', async () => {
    const present = await lastImport()
    return present.state === 'ok' && present.fetchedAt !== fetchedAt
  })
  expect(await idsInCatalogue()).toEqual(before)
  // Each process reads the file for itself: the edge may still ask the host before.
  await eventually('the edge has it too', async () => {
    const viewer = await watch(await cluster.streamUrl('Two'))
    await eventually('there is media', () => viewer.report().keyFrames >= 1 || viewer.ended() !== undefined)
    viewer.close()
    // Who comes back within INACTIVE_TIMEOUT would join what is played from the host before,
    // however often.
    await eventually('nothing is played', () => first.truth().openStreams + second.truth().openStreams === 0)
    return second.truth().attempts.some(({ user, outcome }) => user === 'ann88' && outcome === 'opened')
  })
}, 240_000)

test('a bad file changes nothing and is reported everywhere; once repaired, its filters apply', async () => {
  const before = await cluster.channelIds()
  await put(fileOf(second, '{ include: { group: "(?=" } }'))
  const problem = await eventually(
    'the problem is reported',
    async () => (await cluster.status()).sourcesFile.problems[0],
  )
  expect(problem).toMatch(/^line 8: sources\[0\]\.filters\.include\.group: must be a regular expression/)
  expect(await (await fetch(`${cluster.edge.adminUrl}/metrics`)).text()).toContain('kptv_sources_file_problems 1')
  await eventually('the page shows it', async () => {
    const live = await (await fetch(`${cluster.edge.adminUrl}/admin/live`)).json()
    return Object.values(liveState.parse(live).notices).some(({ text }) => text.includes(problem))
  })
  expect(await cluster.channelIds()).toEqual(before)
  await put(fileOf(second, '{ include: { group: "Films" } }'))
  await eventually('the new filter holds', async () => [...(await cluster.channelIds()).keys()].join() === 'Film')
  await eventually('the problem is over', async () => (await cluster.status()).sourcesFile.problems.length === 0)
  expect(await (await fetch(`${cluster.edge.url}/playlist.m3u8?source=My%20provider&group=films`)).text()).toContain(
    'Film',
  )
}, 240_000)

test('a source that leaves the file leaves the catalogue', async () => {
  await put('sources: []')
  await eventually('nothing is left', async () => (await cluster.channelIds()).size === 0)
  // Each process reads the file for itself.
  await eventually('the edge knows it', async () => (await cluster.status()).sources.length === 0)
}, 240_000)
