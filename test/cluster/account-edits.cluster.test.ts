import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'
import { leaveAll, watchSoon } from './support/watch.ts'

const ENTRIES = [
  { streamId: '1', name: 'One' },
  { streamId: '2', name: 'Two' },
]

let provider: FakeProvider
let cluster: Cluster
let folder: MadeFolder

beforeAll(async () => {
  provider = await startFakeProviderThread({
    entries: ENTRIES,
    accounts: ['joe77', 'ann88'].map((user) => ({ user, password: 'pass-1', limit: 1 })),
  })
  folder = await makeFolder()
  await put([LIVE, VOD])
  cluster = await startCluster({
    sources: '',
    edges: 2,
    settings: { SOURCES_FILE: folder.pathOf('sources.yaml'), INACTIVE_TIMEOUT: '0' },
  })
}, 240_000)

afterEach(async () => {
  leaveAll()
  await eventually('nothing plays', async () => provider.truth().openStreams + (await cluster.slotCount()) === 0)
})

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
  await folder?.[Symbol.asyncDispose]()
}, 90_000)

type Written = { readonly name: string; readonly query: string; readonly user?: string }

/** Two lists of one login. */
const LIVE: Written = { name: 'Live', query: '&kind=live' }
const VOD: Written = { name: 'Films', query: '&kind=films' }

async function put(sources: readonly Written[]): Promise<void> {
  const items = sources.map(
    ({ name, query, user = 'joe77' }) =>
      `  - { name: ${name}, url: "${provider.playlistUrl(user)}${query}", limit: 1 }`,
  )
  await folder.put('sources.yaml', `sources:\n${items.join('\n')}\n`)
}

/** What a file that is read again changes: the catalogue, or only when its lists were read. */
async function versionOf(edge: EdgeNode): Promise<string> {
  const { sources, catalog } = await cluster.status(edge)
  return [catalog.generation, ...sources.map((source) => source.import.fetchedAt)].join()
}

/** With all streams of all its lists in the catalogue, and in another version than before. */
async function isTaken(edge: EdgeNode, sources: readonly Written[], before?: string): Promise<boolean> {
  const { sources: known, catalog } = await cluster.status(edge)
  const isSame = known.map(({ name }) => name).join() === sources.map(({ name }) => name).join()
  const isWhole = catalog.streams === ENTRIES.length * sources.length
  return isSame && isWhole && known.every((each) => each.import.state === 'ok') && (await versionOf(edge)) !== before
}

async function queueLength(): Promise<number> {
  const keys = (await cluster.redis.command('KEYS', '*{account:*}:waiters')) as string[]
  const lengths = await Promise.all(keys.map((key) => cluster.redis.command('ZCARD', key)))
  return lengths.reduce((sum: number, length) => sum + Number(length), 0)
}

test.each<[string, Written[]]>([
  ['the other order', [VOD, LIVE]],
  ['without the first', [VOD]],
  ['another name', [{ ...LIVE, name: 'Renamed' }, VOD]],
  ['another query parameter', [{ ...LIVE, query: '&kind=live&output=hls' }, VOD]],
])(
  '%s in the sources file: the login keeps its slots, and the provider is never above its limit',
  async (_, edited) => {
    await put([LIVE, VOD])
    const [first, second] = [cluster.edge, cluster.edges[1]!]
    await eventually('the file is taken', () => isTaken(first, [LIVE, VOD]), { deadlineMs: 60_000 })
    const before = await versionOf(first)
    const [one, two] = ['One', 'Two'].map(async (name) => new URL(await cluster.streamUrl(name)).pathname)
    const viewer = await watchSoon(`${first.url}${await one}`)
    await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
    provider.resetTruth()

    await put(edited)
    const isCurrent = async () => (await isTaken(first, edited, before)) && (await isTaken(second, edited, before))
    await eventually('both edges have the edited file', isCurrent, { deadlineMs: 60_000 })
    const leaving = new AbortController()
    const refused = fetch(`${second.url}${await two}`, { signal: leaving.signal }).catch(() => undefined)
    await eventually('the other channel waits for the slot of the first', async () => (await queueLength()) > 0)
    expect(viewer.ended()).toBeUndefined()
    expect(provider.truth().violations).toEqual([])
    leaving.abort()
    await refused
  },
  240_000,
)

test('another user in the sources file: playing streams keep their slots of the old account until they end', async () => {
  const [first, second] = [cluster.edge, cluster.edges[1]!]
  await put([LIVE])
  await eventually('the file is taken', () => isTaken(first, [LIVE]), { deadlineMs: 60_000 })
  const before = await versionOf(first)
  const [one, two] = await Promise.all(
    ['One', 'Two'].map(async (name) => new URL(await cluster.streamUrl(name)).pathname),
  )
  const viewer = await watchSoon(`${first.url}${one}`)
  await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
  provider.resetTruth()

  const edited = [{ ...LIVE, name: 'Other', user: 'ann88' }]
  await put(edited)
  const isCurrent = async () => (await isTaken(first, edited, before)) && (await isTaken(second, edited, before))
  await eventually('both edges have the edited file', isCurrent, { deadlineMs: 60_000 })
  const other = await watchSoon(`${second.url}${two}`)
  await eventually('the other channel plays with the new account', () => other.report().keyFrames >= 1)
  expect(viewer.ended()).toBeUndefined()
  expect(await cluster.slotCount()).toBe(2)
  const { accounts, violations } = provider.truth()
  expect([accounts.joe77?.open, accounts.ann88?.open, violations]).toEqual([1, 1, []])
})
