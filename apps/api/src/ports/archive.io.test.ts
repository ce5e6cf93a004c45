import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { parseSources } from '@kptv/config'
import type { StreamArchive } from '@kptv/playlist'
import { eventually, type FakeProvider, startFakeProvider } from '@kptv/testkit'
import { createLimitedPlayers } from '../../test-support/limited-players.ts'
import { loopbackStreams } from '../../test-support/loopback-streams.ts'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'

jest.setTimeout(120_000)

const DAY_MS = 86_400_000
const [SUMMER, WINTER] = [Date.UTC(2027, 6, 15, 12), Date.UTC(2027, 11, 15, 12)]
let nowMs = SUMMER

let near: FakeProvider
let far: FakeProvider
let port: PublicPort
const { players, given } = createLimitedPlayers()

beforeAll(async () => {
  ;[near, far] = await Promise.all([startFakeProvider(), startFakeProvider()])
  const { sources } = parseSources(`${near.playlistUrl()}|1,${far.playlistUrl()}|1`)
  const stream = (provider: FakeProvider, sourceId: string, archive: StreamArchive | undefined) => ({
    id: sourceId,
    sourceId,
    url: provider.streamUrl('101'),
    headers: [],
    archive,
  })
  const channel: CatalogChannel = {
    id: '0123456789abcdef',
    name: 'News',
    attributes: [],
    streams: [
      stream(near, sources[0]!.id, { kind: 'xtream', days: 2 }),
      stream(far, sources[1]!.id, { kind: 'xtream', days: 7 }),
    ],
  }
  port = await startPublicPort({
    lookup: {
      find: async (text) =>
        text === channel.id ? { channelId: text, record: channel } : { refused: 'unknown-channel' },
      openSession: async () => ({ refused: 'sources-full' }),
    },
    catalog: {
      currentGeneration: async () => 1,
      channel: async () => channel,
      async *channelsInOrder() {
        yield channel
      },
    },
    numbers: { numbersOf: async (things) => things.map(() => 7), thingOf: async () => `channel:${channel.id}` },
    sources: () => sources,
    players,
    zones: async (ids) => new Map(ids.map((id) => [id, 'Europe/Berlin'])),
    playable: loopbackStreams(sources),
    nowMs: () => nowMs,
  })
})
beforeEach(() => {
  nowMs = SUMMER
  near.resetTruth()
  far.resetTruth()
})
afterEach(() => players.stopAll())
afterAll(async () => {
  await port[Symbol.asyncDispose]()
  await Promise.all([near.stop(), far.stop()])
})

const agoS = (ms: number): number => Math.floor((nowMs - ms) / 1000)
const past = (startS: number, minutes = 90) => `/archive/0123456789abcdef.ts?utc=${startS}&duration=${minutes * 60}`

/** Plays until some media has come, then leaves as players do. */
async function watch(path: string, headers: Record<string, string> = {}): Promise<number> {
  const leaving = new AbortController()
  const response = await fetch(port.base + path, { headers, signal: leaving.signal })
  if (response.status === 200) {
    const { value } = await response.body!.getReader().read()
    expect(value?.[0]).toBe(0x47)
  }
  leaving.abort()
  return response.status
}
const pathsAt = (provider: FakeProvider) => provider.truth().requests.map(({ path }) => path)

describe('a past programme', () => {
  test.each([
    ['summer', SUMMER, '2027-07-15:13-00'],
    ['winter', WINTER, '2027-12-15:12-00'],
  ])("in %s is requested in the provider's local time", async (_, moment, local) => {
    nowMs = moment
    expect(await watch(past(agoS(3_600_000), 30))).toBe(200)
    expect(pathsAt(near)).toEqual([`/timeshift/user/pass/30/${local}/101.ts`])
    expect(pathsAt(far)).toEqual([])
  })

  test.each([
    ['/timeshift/anna/password/45/2027-07-15:11-00/7.ts', '45/2027-07-15:13-00'],
    [
      '/streaming/timeshift.php?username=a&password=b&stream=7&start=2027-07-15:11-00&duration=45',
      '45/2027-07-15:13-00',
    ],
    [`/stream/0123456789abcdef.ts?utc=${SUMMER / 1000 - 3_600}&lutc=${SUMMER / 1000}`, '240/2027-07-15:13-00'],
  ])('is found by %s', async (path, shown) => {
    expect(await watch(path)).toBe(200)
    expect(pathsAt(near)).toEqual([`/timeshift/user/pass/${shown}/101.ts`])
  })

  test('comes from a source whose archive reaches back far enough', async () => {
    expect(await watch(past(agoS(5 * DAY_MS)))).toBe(200)
    expect([pathsAt(near).length, pathsAt(far).length]).toEqual([0, 1])
    expect(await watch(past(agoS(8 * DAY_MS)))).toBe(404)
    expect(await watch(past(agoS(-60_000)))).toBe(404)
  })

  test('comes from the next source if one fails', async () => {
    near.setFaults({ status: { code: 404 } })
    expect(await watch(past(agoS(3_600_000)))).toBe(200)
    near.clearFaults()
    expect(pathsAt(far)).toHaveLength(1)
  })

  test('costs the provider nothing with HEAD, and needs a time', async () => {
    expect((await fetch(port.base + past(agoS(3_600_000)), { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${port.base}/archive/0123456789abcdef.ts`)).status).toBe(400)
    expect(pathsAt(near)).toEqual([])
  })
})

describe('the slot of a player', () => {
  test('is held across 50 seeks: the provider never sees two connections', async () => {
    const before = given()
    for (let seek = 0; seek < 50; seek++) expect(await watch(past(agoS(3_600_000 + seek * 1_000)))).toBe(200)
    const { violations, highWaterMark, attempts } = near.truth()
    expect(attempts).toHaveLength(50)
    expect({ violations, highWaterMark, slots: given() - before }).toEqual({
      violations: [],
      highWaterMark: 1,
      slots: 1,
    })
  })

  test('is held even if the player opens the next connection before it closes the last', async () => {
    const leaving = new AbortController()
    const first = await fetch(port.base + past(agoS(3_600_000)), { signal: leaving.signal })
    await first.body!.getReader().read()
    expect(await watch(past(agoS(1_800_000)))).toBe(200)
    expect(near.truth()).toMatchObject({ violations: [], highWaterMark: 1 })
    leaving.abort()
  })

  test('ends normally when a higher priority takes over the slot', async () => {
    const response = await fetch(port.base + past(agoS(3_600_000)))
    const reader = response.body!.getReader()
    await reader.read()
    players.slotsLost([`slot-${given()}`])
    const drain = async () => {
      while (!(await reader.read()).done);
    }
    // A chunked response that is cut off would reject.
    await drain()
    await eventually('the connection is closed', async () => near.truth().openStreams === 0)
  })

  test('goes to another player once the first has left, and not before', async () => {
    const leaving = new AbortController()
    // From yesterday on, only one source has it.
    const first = await fetch(port.base + past(agoS(5 * DAY_MS)), {
      headers: { 'User-Agent': 'A' },
      signal: leaving.signal,
    })
    await first.body!.getReader().read()
    const second = watch(past(agoS(5 * DAY_MS)), { 'User-Agent': 'B' })
    await eventually('the second player waits', async () => far.truth().attempts.length === 1)
    leaving.abort()
    expect(await second).toBe(200)
    expect(far.truth()).toMatchObject({ violations: [], highWaterMark: 1 })
  })
})

test('the playlist and Xtream offer the archive as far back as any source reaches', async () => {
  const streams = (await (
    await fetch(`${port.base}/player_api.php?username=a&password=b&action=get_live_streams`)
  ).json()) as object[]
  expect(streams[0]).toMatchObject({ tv_archive: 1, tv_archive_duration: 7 })
})
