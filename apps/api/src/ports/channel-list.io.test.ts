// cspell:ignore ſport
import { Agent, get } from 'node:http'
import { expect, jest, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { type ChannelPage, channelPage, groupList } from '@kptv/contract'
import { startPublicPort } from '../../test-support/public-port.ts'
import { createChannelSearch } from '../page/channels/channel-search.ts'

// Hundreds of requests at once, on a machine that may be busy.
jest.setTimeout(120_000)

/** The public port over a list with a channel for each of these groups. */
function startPort(groups: readonly string[]) {
  const channels = groups.map(
    (group, index): CatalogChannel => ({
      id: `c${index}`,
      name: `Channel ${index}`,
      attributes: [['group-title', group]],
      streams: [],
    }),
  )
  const catalog = {
    currentGeneration: async () => 1,
    async *channelsInOrder() {
      yield* channels
    },
  }
  const search = createChannelSearch({ catalog })
  return startPublicPort({ searchOf: () => search })
}

const ODD_GROUPS = [
  ...['News', 'NEWS', ' news ', 'News/Sport', 'News\\Sport', '"Quoted" & <b>bold</b>', "O'Neill"],
  ...[
    'Фильмы',
    'ФИЛЬМЫ',
    'عربي',
    '日本',
    'é',
    'e\u0301',
    'Z\u0351\u036b\u0343a\u0334lgo',
    '★★★',
    '---',
    '???',
    '#',
    '%2F',
    '+',
  ],
  ...['a=b&c', '?group=News', 'a;b', 'x|y', 'b', '|', ';', '..', '\u202egnp', '\u200b', 'x'.repeat(2_000), '', ' '],
  ...['constructor', '__proto__', 'null', '0', 'ß', 'SS', 'İ', 'ſport', 'Sport'],
]

test('choosing a group lists as many channels as stated, whatever its name', async () => {
  await using port = await startPort(ODD_GROUPS)
  const read = async (query: URLSearchParams): Promise<ChannelPage> =>
    channelPage.parse(await (await fetch(`${port.base}/api/channels?${query}`)).json())
  const { groups } = groupList.parse(await (await fetch(`${port.base}/api/groups`)).json())
  const named = groups.filter(({ name }) => name !== '')
  const chosen: Array<{ readonly name: string; readonly channels: number }> = []
  for (const { name } of named)
    chosen.push({ name, channels: (await read(new URLSearchParams({ group: name }))).matching })
  expect(chosen).toEqual(named)
  // Two are in two groups each.
  const inGroups = groups.reduce((sum, { channels }) => sum + channels, 0)
  expect(inGroups).toBe(ODD_GROUPS.length + 2)
})

test('a smaller page neither skips nor repeats a channel', async () => {
  await using port = await startPort(Array.from({ length: 70 }, () => 'News'))
  const pages = await Promise.all(
    [1, 2, 3].map(async (page) => (await fetch(`${port.base}/api/channels?size=30&page=${page}`)).json()),
  )
  const parsed = pages.map((page) => channelPage.parse(page))
  expect(parsed.map(({ pages: count, channels }) => [count, channels.length])).toEqual([
    [3, 30],
    [3, 30],
    [3, 10],
  ])
  expect(new Set(parsed.flatMap(({ channels }) => channels.map(({ id }) => id))).size).toBe(70)
  for (const size of ['0', '51', '1.5', 'x'])
    expect((await fetch(`${port.base}/api/channels?size=${size}`)).status).toBe(400)
})

test('1,500 simultaneous searches from one address get their share, and nobody else is refused', async () => {
  await using port = await startPort(Array.from({ length: 5_000 }, (_, index) => `Group ${index % 50}`))
  const agent = new Agent({ maxSockets: 100 })
  const statusOf = (path: string, localAddress: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      get(port.base + path, { localAddress, agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      }).on('error', reject)
    })
  let isOver = false
  const flood = Promise.all(
    Array.from({ length: 1_500 }, (_, index) => statusOf(`/api/channels?q=zzz${index}`, '127.0.0.2')),
  ).finally(() => {
    isOver = true
  })
  const others: Array<number | undefined> = []
  do {
    for (const path of ['/api/channels', '/api/groups', '/playlist.m3u8', '/healthz'])
      others.push((await fetch(port.base + path)).status)
  } while (!isOver)
  const statuses = await flood
  agent.destroy()
  expect([...new Set(others)]).toEqual([200])
  const count = (status: number): number => statuses.filter((one) => one === status).length
  expect([count(429), count(200) + count(503)]).toEqual([1_380, 120])
  expect(count(200)).toBeGreaterThan(0)
})
