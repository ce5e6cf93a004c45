import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type LiveSource, liveState } from '@kptv/contract'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'

let provider: FakeProvider
let cluster: Cluster

const listOf = (count: number, word = 'Channel'): string => {
  const entry = (index: number): string =>
    `#EXTINF:-1 tvg-id="${index}" group-title="Group",${word} ${index}\n{{base}}/live/{{user}}/{{password}}/${index}.ts`
  return `#EXTM3U\n${Array.from({ length: count }, (_, index) => entry(index)).join('\n')}\n`
}

beforeAll(async () => {
  provider = await startFakeProviderThread({ playlist: { body: listOf(500) } })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1` })
}, 240_000)

afterEach(() => provider.clearFaults())

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

const refresh = async (): Promise<void> => {
  const answer = await fetch(`${cluster.edge.adminUrl}/refresh`, { method: 'POST' })
  expect(answer.status).toBe(202)
}

const playlist = async (): Promise<string> => (await fetch(`${cluster.edge.url}/playlist.m3u8`)).text()
const channelCount = async (): Promise<number> => (await playlist()).split('#EXTINF').length - 1

const theSource = async () => (await cluster.status()).sources[0]!
const alarmOf = async (): Promise<string | undefined> =>
  /^kptv_source_alarm\{source="[^"]+",code="([^"]+)"\} 1$/m.exec(
    await (await fetch(`${cluster.edge.adminUrl}/metrics`)).text(),
  )?.[1]

/** The source as the page for operators shows it. */
async function shown(): Promise<LiveSource> {
  const live = liveState.parse(await (await fetch(`${cluster.edge.adminUrl}/admin/live`)).json())
  return Object.values(live.sources)[0]!
}

describe('a bad list changes nothing, raises an alarm, and the next good list ends it', () => {
  const wholeList = listOf(500)
  type Faults = Parameters<FakeProvider['setFaults']>[0]
  const bad: ReadonlyArray<[string, Faults, string | undefined, string]> = [
    ['an empty list', { playlist: 'empty' }, undefined, 'empty'],
    ['a page of HTML', { playlist: 'html' }, undefined, 'not-a-playlist'],
    ['a list cut off in the middle', { playlist: { truncatedAtPercent: 50 } }, undefined, 'cut-off'],
    ['status 403', { playlist: { status: 403 } }, undefined, 'forbidden'],
    ['half a list that pretends to be whole', {}, wholeList.slice(0, wholeList.length * 0.6), 'cut-off'],
    ['10 % of the entries', {}, listOf(50), 'shrunk'],
    ['the list of another account', {}, wholeList.replaceAll('"Group"', '"Other"'), 'groups-lost'],
  ]

  test.each(bad)(
    '%s',
    async (_, faults, body, code) => {
      const before = await playlist()
      provider.setFaults(faults)
      if (body !== undefined) provider.setPlaylist({ body })
      await refresh()
      await eventually('the failure is reported', async () => (await theSource()).import.state === 'failed')
      expect((await theSource()).import).toMatchObject({ entries: 500, alarm: { code } })
      expect(await alarmOf()).toBe(code)
      await eventually('the page shows it', async () => (await shown()).alarm !== null)
      expect(await playlist()).toBe(before)
      provider.clearFaults()
      provider.setPlaylist({ body: wholeList })
      await refresh()
      await eventually('the next good list heals it', async () => (await theSource()).import.state === 'ok')
      expect(await alarmOf()).toBeUndefined()
      expect(await playlist()).toBe(before)
    },
    240_000,
  )

  test('a list that lost most of its entries is published when a person accepts it', async () => {
    provider.setPlaylist({ body: listOf(40) })
    await refresh()
    await eventually('it is refused', async () => (await theSource()).import.state === 'failed')
    expect(await channelCount()).toBe(500)
    const accept = `${cluster.edge.adminUrl}/sources/${(await theSource()).id}/accept`
    expect((await fetch(accept, { method: 'POST' })).status).toBe(200)
    await eventually('it is served', async () => (await channelCount()) === 40)
    expect((await fetch(accept, { method: 'POST' })).status).toBe(409)
    expect(await alarmOf()).toBeUndefined()
  }, 240_000)
})

describe('the worker', () => {
  const NEW_CHANNELS = 2_000
  /** A worker has a low priority: beside other programs a build may take long. */
  const BUILT_WITHIN_MS = 180_000
  // Of `/status`, which costs little: the whole playlist, fetched again and again, would keep the
  // edge from the import.
  const isServed = async () => (await cluster.status()).catalog?.channels === NEW_CHANNELS

  test('is killed during an import: the catalogue stays, and the next worker repeats the import', async () => {
    const before = await playlist()
    provider.setPlaylist({ body: listOf(NEW_CHANNELS, 'New') })
    // It cannot be over before anybody has looked.
    provider.setFaults({ playlist: { stallsAtPercent: 90 } })
    await refresh()
    await eventually('the import is under way', async () => (await theSource()).import.state === 'importing')
    cluster.worker.kill('SIGKILL')
    await cluster.worker.waitForExit()
    expect(await playlist()).toBe(before)
    provider.clearFaults()
    await cluster.startWorker()
    // The dead worker's job is taken up after 25 s, and its lease on the source ends meanwhile.
    await eventually('the new list is served', isServed, { deadlineMs: BUILT_WITHIN_MS })
    expect(await channelCount()).toBe(NEW_CHANNELS)
  }, 400_000)

  test('rebuilds everything when Redis comes back empty', async () => {
    const before = await playlist()
    await cluster.redis.restart()
    expect(await playlist()).toBe(before)
    // The edge serves from memory meanwhile, so Redis itself is asked.
    const isBack = async () => (await cluster.redis.command('EXISTS', 'kptv:0:{catalog}:current')) === 1
    await eventually('the catalogue is back', isBack, { deadlineMs: BUILT_WITHIN_MS })
    await eventually('the edge serves it', isServed)
    expect(await channelCount()).toBe(NEW_CHANNELS)
  }, 400_000)
})
