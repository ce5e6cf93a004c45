import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { parseSources } from '@kptv/config'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, type UsersForTests, userNamed } from '../../test-support/users.ts'
import { checksumOf } from '../outputs/hdhomerun/device-id.ts'
import { createDevices } from '../outputs/hdhomerun/devices.ts'

const { sources } = parseSources('http://one.example/list|2,http://two.example/list|3')
const channel = (id: string, group: string, number: string | undefined, source = sources[0]!): CatalogChannel => ({
  id,
  name: id === 'news' ? 'News & <Weather>' : id,
  attributes: [['group-title', group], ...(number === undefined ? [] : [['tvg-chno', number] as const])],
  streams: [{ id: 's1', sourceId: source.id, url: 'http://one.example/secret', headers: [] }],
})
const CHANNELS = [
  channel('news', 'News', '7'),
  channel('refuse-sources-full', 'News', undefined),
  channel('refuse-user-limit', 'UK News', '5.1', sources[1]),
  channel('refuse-streams-failing', 'UK News', '6', sources[1]),
  channel('abroad', 'International-Sport', '8'),
]
const MANY = Array.from({ length: 700 }, (_, at) => channel(`many-${at}`, 'Many', String(1_000 + at)))
const catalog = {
  currentGeneration: async () => 1,
  channel: async () => undefined,
  async *channelsInOrder() {
    yield* CHANNELS
    yield* MANY
  },
}
const numbers = { numbersOf: async (things: readonly string[]) => things.map((_, at) => 12_345 + at) }

let port: PublicPort
const options = { devices: createDevices({ catalog, numbers }), sources: () => sources }

beforeAll(async () => {
  port = await startPublicPort(options)
})
afterAll(async () => port[Symbol.asyncDispose]())

type Discover = {
  readonly DeviceID: string
  readonly BaseURL: string
  readonly LineupURL: string
  readonly TunerCount: number
  readonly FriendlyName: string
}
type Entry = { readonly GuideNumber: string; readonly GuideName: string; readonly URL: string; readonly DRM?: number }

/** As Jellyfin reads a tuner: `discover.json`, then the lineup that it names. */
async function readAsJellyfin(device: string) {
  const discover = (await (await fetch(`${device}/discover.json`)).json()) as Discover
  const lineup = (await (await fetch(discover.LineupURL)).json()) as Entry[]
  const channels = lineup
    .filter(({ DRM }) => !DRM)
    .map(({ GuideNumber, GuideName, URL: path }) => ({ id: `hdhr_${GuideNumber}`, name: GuideName, path }))
  return { discover, channels }
}

describe('the device', () => {
  test('works as Jellyfin reads it: numbers are unique, every address plays without a login', async () => {
    const { discover, channels } = await readAsJellyfin(`${port.base}/hdhr`)
    expect(discover.BaseURL).toBe(`${port.base}/hdhr`)
    expect(discover.TunerCount).toBe(5)
    expect(checksumOf(discover.DeviceID)).toBe(0)
    expect(channels.length).toBe(480)
    expect(new Set(channels.map(({ id }) => id)).size).toBe(480)
    expect(channels.slice(0, 3)).toEqual([
      { id: 'hdhr_7', name: 'News & <Weather>', path: `${port.base}/hdhr/auto/v7` },
      { id: 'hdhr_12345', name: 'refuse-sources-full', path: `${port.base}/hdhr/auto/v12345` },
      { id: 'hdhr_5.1', name: 'refuse-user-limit', path: `${port.base}/hdhr/auto/v5.1` },
    ])
  })

  test('can be set up as Plex does it: status, scan, lineup, description', async () => {
    const device = `${port.base}/hdhr`
    const { DeviceID } = (await (await fetch(`${device}/discover.json`)).json()) as Discover
    expect(await (await fetch(`${device}/lineup_status.json`)).json()).toMatchObject({ ScanInProgress: 0 })
    expect((await fetch(`${device}/lineup.post?scan=start`, { method: 'POST' })).status).toBe(200)
    const description = await (await fetch(`${device}/device.xml`)).text()
    expect(description).toContain(`<serialNumber>${DeviceID}</serialNumber>`)
    expect(description).toMatch(new RegExp(`<UDN>uuid:[0-9a-f-]+${DeviceID.toLowerCase()}</UDN>`))
    expect(await (await fetch(`${device}/lineup.xml`)).text()).toContain(
      '<GuideNumber>7</GuideNumber><GuideName>News &amp; &lt;Weather&gt;</GuideName>',
    )
    expect(await (await fetch(`${device}/lineup.m3u`)).text()).toContain(`channel-number="5.1"`)
  })

  test('of a group has its channels, its own identity, and as many tuners as they have connections', async () => {
    const whole = await readAsJellyfin(`${port.base}/hdhr`)
    const { discover, channels } = await readAsJellyfin(`${port.base}/hdhr/uk%20news`)
    expect(channels.map(({ id }) => id)).toEqual(['hdhr_5.1', 'hdhr_6'])
    expect(discover.TunerCount).toBe(3)
    expect(discover.DeviceID).not.toBe(whole.discover.DeviceID)
    expect((await fetch(`${port.base}/hdhr/nothing/discover.json`)).status).toBe(404)
  })
})

describe('tuning', () => {
  test.each([
    ['v12345', 503, '805 All Tuners In Use'],
    ['v5.1', 503, '805 All Tuners In Use'],
    ['v6', 503, '807 No Video Data'],
    ['v999', 404, '801 Unknown Channel'],
    ['v1699', 404, '801 Unknown Channel'],
  ])('/auto/%s is %i with a reason', async (number, status, reason) => {
    const response = await fetch(`${port.base}/hdhr/auto/${number}`)
    expect(response.status).toBe(status)
    expect(response.headers.get('x-hdhomerun-error')).toBe(reason)
  })

  test('HEAD finds a channel and opens nothing; a bad duration is refused', async () => {
    port.entered.length = 0
    expect((await fetch(`${port.base}/hdhr/auto/v7`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${port.base}/hdhr/uk%20news/auto/v6`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${port.base}/hdhr/auto/v7?duration=soon`)).status).toBe(400)
    expect(port.entered).toEqual([])
  })
})

describe('with users', () => {
  let users: UsersForTests
  let own: PublicPort
  const TOKEN = 'token-of-anna-of-the-house'
  beforeAll(async () => {
    users = createUsersForTests([
      userNamed('anna-of-the-house', {
        streams: 1,
        sees: { include: [{ field: 'group', pattern: 'News' }], exclude: [] },
      }),
    ])
    own = await startPublicPort({ ...options, access: users.access })
  })
  afterAll(async () => own[Symbol.asyncDispose]())

  test.each(['/hdhr/discover.json', '/hdhr/lineup.json', '/hdhr/auto/v7', '/hdhr/wrong-token-of-nobody/discover.json'])(
    '%s is closed',
    async (path) => {
      expect((await fetch(own.base + path)).status).toBe(401)
    },
  )

  test.each([`/link/${TOKEN}/hdhr`, `/hdhr/${TOKEN}`])(
    '%s is the device of the user, with its channels, its limit and links with its token',
    async (path) => {
      const { discover, channels } = await readAsJellyfin(own.base + path)
      expect(discover.TunerCount).toBe(1)
      expect(discover.BaseURL).toBe(`${own.base}/link/${TOKEN}/hdhr`)
      expect(channels.length).toBe(4)
      expect((await fetch(channels[0]!.path, { method: 'HEAD' })).status).toBe(200)
    },
  )

  test('a group whose name looks like a token is a device too, for clients that need no login', async () => {
    const household = userNamed('household', { passwordHash: undefined, tokens: [], networks: ['127.0.0.0/8', '::1'] })
    const { access } = createUsersForTests([household])
    await using home = await startPublicPort({ ...options, access })
    const { channels } = await readAsJellyfin(`${home.base}/hdhr/International-Sport`)
    expect(channels.map(({ id }) => id)).toEqual(['hdhr_8'])
    const ofMany = await readAsJellyfin(`${home.base}/hdhr`)
    expect(ofMany.channels.length).toBeGreaterThan(400)
  })

  test('a group of the user is a device too', async () => {
    const { channels } = await readAsJellyfin(`${own.base}/hdhr/${TOKEN}/UK%20News`)
    expect(channels.map(({ id }) => id)).toEqual(['hdhr_5.1', 'hdhr_6'])
  })
})
