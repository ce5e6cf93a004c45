import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { openStream, parseSourcesFile, type Source } from '@kptv/config'
import { type FakeProvider, startFakeProvider } from '@kptv/testkit'
import { type ImportFixture, startImportFixture } from '../../test-support/import-fixture.ts'
import { createListFetcher } from '../fetch-list.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let fixture: ImportFixture
let provider: FakeProvider
beforeAll(async () => {
  fixture = await startImportFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(async () => {
  await fixture.empty()
  provider = await startFakeProvider({ accounts: ACCOUNTS, entries: ENTRIES })
})
afterEach(() => provider.stop())

const ACCOUNTS = [
  { user: 'anna', password: 'first-pass', limit: 1 },
  { user: 'bert', password: 'other-pass', limit: 1 },
]
const ENTRIES = [
  ...Array.from({ length: 20 }, (_, index) => ({
    streamId: String(100 + index),
    name: `Channel ${index}`,
    attributes: [
      ['tvg-id', `c${index}.uk`],
      ['group-title', index < 10 ? 'News' : 'Sport'],
      ['catchup-days', index === 0 ? '7' : ''],
    ] as const,
  })),
  {
    streamId: '900',
    name: 'A film',
    kind: 'movie' as const,
    extension: 'mkv',
    attributes: [['group-title', 'Films']] as const,
  },
]

function setUp(item: (host: string) => string) {
  const { sources, problems } = parseSourcesFile({
    text: `sources: [{name: panel, type: xtream, ${item(new URL(provider.url).host)}}]`,
  })
  expect(problems).toEqual([])
  const settings = { userAgent: 'test', reqOrigin: undefined, reqReferrer: undefined, healthCheckTimeoutMs: 30_000 }
  const fetchList = createListFetcher({ settings, allowAddress: () => true })
  const worker = fixture.setUp({}, { panel: { sources, fetchList } })
  const [source] = sources as [Source]
  return { ...worker, source, state: () => worker.lists.state(source.id) }
}
const withOneLogin = (more = '') => setUp((host) => `url: "http://anna:first-pass@${host}"${more}`)
const withTwoLogins = () =>
  setUp(
    (host) =>
      `url: "http://${host}", logins: [{username: anna, password: first-pass}, {username: bert, password: other-pass}]`,
  )

test('channels have group, guide id, number and archive, their addresses sealed', async () => {
  const { importAll, build, channels, source, reader } = withOneLogin()
  await importAll()
  await build()
  const all = await channels()
  expect(all).toHaveLength(20)
  const first = all.find(({ name }) => name === 'Channel 0')
  expect(first?.attributes).toEqual([
    ['tvg-id', 'c0.uk'],
    ['tvg-name', 'Channel 0'],
    ['tvg-chno', '1'],
    ['catchup', 'xc'],
    ['catchup-days', '7'],
    ['group-title', 'News'],
  ])
  const [stream] = first!.streams
  expect(stream?.url).toBe(`${provider.url}/live/{secret-1}/{secret-2}/100.ts`)
  expect(openStream(stream!, source).url).toBe(provider.streamUrl('100'))
  const { epgUrls } = (await reader.info((await reader.currentGeneration())!))!
  expect(epgUrls.map(({ url }) => openStream({ url, headers: [] }, source).url)).toEqual([
    `${provider.url}/xmltv.php?username=anna&password=first-pass`,
  ])
  const kept = await Promise.all((await fixture.redis.keys('*:state')).map((key) => fixture.redis.hgetall(key)))
  expect(JSON.stringify(kept)).not.toMatch(/anna|first-pass/)
})

test('movies are listed only if `kinds` names them', async () => {
  const { importAll, build, channels } = withOneLogin(', kinds: [movie]')
  await importAll()
  await build()
  expect(await channels()).toMatchObject([
    { name: 'A film', streams: [{ url: expect.stringMatching(/\/movie\/.*\/900\.mkv$/) }] },
  ])
})

test('series are listed as a whole; their addresses contain no login', async () => {
  const series = { id: '77', name: 'A series', season: 1, episode: 1 }
  provider.setEntries([
    ...ENTRIES,
    { streamId: '950', name: 'One', kind: 'series', series, attributes: [['group-title', 'Drama']] },
    { streamId: '951', name: 'Two', kind: 'series', series: { ...series, episode: 2 } },
  ])
  const { importAll, build, channels, source } = withOneLogin(', kinds: [series]')
  await importAll()
  await build()
  const [only, ...others] = await channels()
  expect([only?.name, others]).toEqual(['A series', []])
  const [stream] = only!.streams
  expect(stream!.url).not.toMatch(/anna|first-pass/)
  const { episodes } = (await (await fetch(openStream(stream!, source).url)).json()) as { readonly episodes: object }
  expect(episodes).toMatchObject({ 1: [{ id: '950' }, { id: '951' }] })
})

test('the account is kept with what needs attention', async () => {
  const expiresAtMs = Date.UTC(2100, 0, 1)
  provider.setAccounts([{ ...ACCOUNTS[0]!, panel: { expiresAtMs, maxConnections: 3 } }])
  const { importAll, state, source } = withOneLogin()
  await importAll()
  expect((await state()).accounts).toEqual([
    {
      account: source.accountId,
      checkedAt: expect.stringMatching(/Z$/),
      isAccepted: true,
      status: 'active',
      expiresAt: '2100-01-01T00:00:00.000Z',
      maxConnections: 3,
      activeConnections: 0,
      timeZone: 'Europe/London',
    },
  ])
})

describe('what the panel cannot deliver changes nothing', () => {
  const bad: Array<[string, (provider: FakeProvider) => void, string]> = [
    ['HTML', (panel) => panel.setFaults({ playlist: 'html' }), 'no-panel'],
    ['nothing', (panel) => panel.setFaults({ playlist: 'empty' }), 'no-panel'],
    ['a server error', (panel) => panel.setFaults({ playlist: { status: 502 } }), 'provider-error'],
    ['a wrong password', (panel) => panel.setAccounts([{ ...ACCOUNTS[0]!, password: 'changed' }]), 'login-refused'],
    [
      'an expired account',
      (panel) => panel.setAccounts([{ ...ACCOUNTS[0]!, panel: { status: 'Expired' } }]),
      'login-refused',
    ],
    ['a tenth of the channels', (panel) => panel.setEntries(ENTRIES.slice(0, 2)), 'shrunk'],
    ['no channels', (panel) => panel.setEntries([]), 'empty'],
  ]
  test.each(bad)('%s', async (_, spoil, reason) => {
    const { importAll, build, channels, state } = withOneLogin()
    await importAll()
    await build()
    spoil(provider)
    await expect(importAll()).rejects.toMatchObject({ reason })
    await build()
    expect(await channels()).toHaveLength(20)
    expect((await state()).alarm?.code).toBe(reason)
  })
})

describe('a pool of logins', () => {
  test('is imported once, with the first login that works; the list is the same with each', async () => {
    const { importAll, build, channels, state, source, reported } = withTwoLogins()
    await importAll()
    await build()
    const before = await channels()
    expect(provider.truth().requests.filter(({ path }) => path.includes('get_live_streams'))).toHaveLength(1)

    provider.setAccounts([{ ...ACCOUNTS[0]!, panel: { status: 'Expired' } }, ACCOUNTS[1]!])
    await importAll()
    await importAll()
    expect(reported.flatMap((facts) => ('code' in facts ? [facts.code] : []))).toEqual(['account-expired'])
    expect((await state()).accounts.map(({ status, isAccepted }) => [status, isAccepted])).toEqual([
      ['expired', false],
      ['active', true],
    ])
    const [last] = provider
      .truth()
      .requests.filter(({ path }) => path.includes('get_live_streams'))
      .slice(-1)
    expect(last?.path).toContain('username=bert')
    await build()
    expect(await channels()).toEqual(before)
    expect(source.otherLogins).toHaveLength(1)
  })
})
