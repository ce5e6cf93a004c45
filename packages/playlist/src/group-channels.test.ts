import { describe, expect, test } from '@jest/globals'
import type { Attributes } from './attributes.ts'
import { channelKey } from './channel-key.ts'
import { createGrouper } from './group-channels.ts'
import type { Entry } from './model.ts'
import type { SortOrder } from './sort-streams.ts'

function entry(name: string, url: string, attributes: Attributes = []): Entry {
  return { name, url, attributes, headers: [], durationSeconds: -1, line: 1 }
}

function group(entries: Array<[Entry, string, string?]>, options?: { readonly order: SortOrder }) {
  const grouper = createGrouper(options)
  for (const [item, sourceId, streamId = item.url] of entries)
    grouper.add(channelKey(item.name), item, sourceId, streamId)
  return { channels: grouper.channels(), dropped: grouper.dropped }
}

test('entries with one name are one channel; the order of sources comes first, then the sort field', () => {
  const { channels } = group([
    [entry('BBC One', 'http://a/1', [['tvg-name', 'z']]), 's1'],
    [entry('ITV', 'http://a/2'), 's1'],
    [entry('bbc\u00a0one', 'http://a/3', [['tvg-name', 'b']]), 's1'],
    [entry('BBC ONE', 'http://b/1', [['tvg-name', 'a']]), 's2'],
  ])
  expect(channels.map(({ key, name, streams }) => ({ key, name, urls: streams.map(({ url }) => url) }))).toEqual([
    { key: 'bbc one', name: 'BBC One', urls: ['http://a/3', 'http://a/1', 'http://b/1'] },
    { key: 'itv', name: 'ITV', urls: ['http://a/2'] },
  ])
})

test('equal streams of a source keep the order of the list in both directions', () => {
  const entries = ['http://a/9', 'http://a/1', 'http://a/5'].map((url): [Entry, string] => [entry('X', url), 's1'])
  for (const direction of ['asc', 'desc'] as const) {
    const { channels } = group(entries, { order: { field: 'tvg-name', direction } })
    expect(channels[0]!.streams.map(({ url }) => url)).toEqual(['http://a/9', 'http://a/1', 'http://a/5'])
  }
})

test('attributes are those of the first entry, gaps filled from later ones, none lost', () => {
  const { channels } = group([
    [
      entry('X', 'http://a/1', [
        ['tvg-id', ''],
        ['group-title', 'News'],
      ]),
      's1',
    ],
    [
      entry('X', 'http://b/1', [
        ['TVG-ID', 'x'],
        ['tvg-logo', 'http://l/1'],
        ['group-title', 'Other'],
      ]),
      's2',
    ],
    [
      entry('X', 'http://c/1', [
        ['tvg-logo', 'http://l/2'],
        ['tvg-chno', '7'],
      ]),
      's3',
    ],
  ])
  expect(channels[0]!.attributes).toEqual([
    ['tvg-id', 'x'],
    ['group-title', 'News'],
    ['tvg-logo', 'http://l/1'],
    ['tvg-chno', '7'],
  ])
})

test('merging does not change the attributes of an entry', () => {
  const first = entry('X', 'http://a/1', [['tvg-id', '']])
  group([
    [first, 's1'],
    [entry('X', 'http://b/1', [['tvg-id', 'x']]), 's2'],
  ])
  expect(first.attributes).toEqual([['tvg-id', '']])
})

test('the same URL 1,000 times is one stream; of 1,000 URLs 256 are kept', () => {
  const many = (url: (index: number) => string) =>
    group(Array.from({ length: 1000 }, (_, index): [Entry, string] => [entry('X', url(index)), 's1']))
  const same = many(() => 'http://a/1')
  expect(same.channels[0]!.streams).toHaveLength(1)
  expect(same.dropped).toEqual({ duplicates: 999, overLimit: 0 })
  const different = many((index) => `http://a/${index}`)
  expect(different.channels[0]!.streams).toHaveLength(256)
  expect(different.dropped).toEqual({ duplicates: 0, overLimit: 744 })
})

test('the same URL in two sources is two streams: each has its own connections', () => {
  const { channels } = group([
    [entry('X', 'http://a/1'), 's1'],
    [entry('X', 'http://a/1'), 's2'],
  ])
  expect(channels[0]!.streams.map(({ sourceId }) => sourceId)).toEqual(['s1', 's2'])
})

test('each program of one URL is a separate stream; a repeated program is not', () => {
  const programs = [undefined, 101, 102, 101].map((program): [Entry, string, string] => [
    { ...entry('X', 'http://a/1'), program },
    's1',
    `i${program}`,
  ])
  const { channels, dropped } = group(programs)
  expect(channels[0]!.streams.map(({ program }) => program)).toEqual([undefined, 101, 102])
  expect(dropped.duplicates).toBe(1)
})

test('a repeated stream id with another URL gets a suffix', () => {
  const { channels } = group([
    [entry('X', 'http://a/1'), 's1', 'i'],
    [entry('X', 'http://b/1'), 's1', 'i'],
    [entry('X', 'http://c/1'), 's1', 'i'],
    [entry('Y', 'http://d/1'), 's1', 'i'],
  ])
  expect(channels.map(({ streams }) => streams.map(({ id }) => id))).toEqual([['i', 'i-2', 'i-3'], ['i']])
})

test('the suffixes of equal stream ids do not depend on the order of the list', () => {
  const entries = ['http://c/1', 'http://a/1', 'http://b/1'].map((url): [Entry, string, string] => [
    entry('X', url),
    's1',
    'i',
  ])
  const idsByUrl = (list: typeof entries) =>
    Object.fromEntries(group(list).channels[0]!.streams.map(({ url, id }) => [url, id]))
  expect(idsByUrl(entries)).toEqual({ 'http://a/1': 'i', 'http://b/1': 'i-2', 'http://c/1': 'i-3' })
  expect(idsByUrl(entries.toReversed())).toEqual(idsByUrl(entries))
})

test('a channel never collects more attributes than one entry may have', () => {
  const entries = Array.from({ length: 200 }, (_, index): [Entry, string] => [
    entry('X', `http://a/${index}`, [[`k${index}`, 'v']]),
    's1',
  ])
  expect(group(entries).channels[0]!.attributes).toHaveLength(64)
})

describe('channels with odd names stay apart', () => {
  test('__proto__ and constructor', () => {
    const names = ['__proto__', 'constructor', 'toString']
    const { channels } = group(names.map((name): [Entry, string] => [entry(name, 'http://a/1'), '__proto__']))
    expect(channels.map(({ name }) => name).sort()).toEqual([...names].sort())
  })
  test('a tag makes another channel', () => {
    const entries: Array<[Entry, string]> = [
      [entry('X HD', 'http://a/1'), 's1'],
      [entry('X', 'http://a/2'), 's1'],
    ]
    expect(group(entries).channels).toHaveLength(2)
  })
})

test('the shift of another guide is not adopted without its id', () => {
  const entry = (url: string, ...attributes: Array<readonly [string, string]>) => ({
    name: 'One',
    url,
    attributes,
    headers: [],
  })
  const attributesOf = (...entries: Array<ReturnType<typeof entry>>) => {
    const grouper = createGrouper()
    for (const [index, each] of entries.entries()) grouper.add('one', each, `s${index}`, `id${index}`)
    return grouper.channels()[0]?.attributes
  }
  const shifted = entry('http://t/2', ['tvg-id', 'two'], ['tvg-shift', '-2.5'])
  expect(attributesOf(entry('http://t/1', ['tvg-id', 'one']), shifted)).toEqual([['tvg-id', 'one']])
  expect(attributesOf(entry('http://t/1'), shifted)).toEqual(shifted.attributes)
  expect(attributesOf(shifted, entry('http://t/1', ['tvg-id', 'one'], ['tvg-shift', '1']))).toEqual(shifted.attributes)
})

test('streams with one id get suffixes by their addresses, whatever stands between them in the list', () => {
  const listed = [
    ['http://a/3', 'twice'],
    ['http://a/9', 'a'],
    ['http://a/1', 'twice'],
    ['http://a/0', 'z'],
  ] as const
  for (const order of [listed, listed.toReversed()]) {
    const { channels } = group(order.map(([url, id]): [Entry, string, string] => [entry('X', url), 's1', id]))
    const ids = new Map(channels[0]!.streams.map(({ url, id }) => [url, id]))
    expect(ids).toEqual(
      new Map([
        ['http://a/1', 'twice'],
        ['http://a/3', 'twice-2'],
        ['http://a/9', 'a'],
        ['http://a/0', 'z'],
      ]),
    )
  }
})

test('a channel keeps 256 streams, and counts the others', () => {
  const { channels, dropped } = group(
    Array.from({ length: 300 }, (_, number): [Entry, string] => [entry('X', `http://a/${number}`), 's1']),
  )
  expect(channels[0]!.streams).toHaveLength(256)
  expect(dropped).toEqual({ duplicates: 0, overLimit: 44 })
})

test('only a stream whose entry names an archive has one', () => {
  const catchup: Attributes = [
    ['catchup', 'append'],
    ['catchup-days', '3'],
    ['catchup-source', '?utc={utc}'],
  ]
  const { channels } = group([
    [entry('X', 'http://a/1', catchup), 's1'],
    [entry('X', 'http://a/2'), 's1'],
  ])
  const [first, second] = channels[0]!.streams
  expect(first!.archive).toBeDefined()
  expect(second).not.toHaveProperty('archive')
})
