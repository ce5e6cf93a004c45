import { describe, expect, test } from '@jest/globals'
import { createEntryFilter, type EntryTest } from './entry-filter.ts'
import { entryKind } from './entry-kind.ts'

const entry = (name: string, group?: string, url = 'http://h/live/u/p/1.ts') => ({
  name,
  url,
  attributes: group === undefined ? [] : [['group-title', group] as const],
})
const name = (part: string): EntryTest => ({ field: 'name', fits: (text) => text.includes(part) })
const group = (part: string): EntryTest => ({ field: 'group', fits: (text) => text.includes(part) })
const kind = (word: string): EntryTest => ({ field: 'kind', fits: (text) => text === word })

const ENTRIES = [
  entry('BBC News', 'UK News'),
  entry('Sky News', 'UK'),
  entry('Sky Film', 'UK', 'http://h/movie/u/p/2.mkv'),
  entry('ABC'),
]
const taken = (tests: { readonly include?: EntryTest[]; readonly exclude?: EntryTest[] }) =>
  ENTRIES.filter(createEntryFilter({ include: [], exclude: [], ...tests })).map((each) => each.name)

test.each([
  ['no filter takes all', {}, ['BBC News', 'Sky News', 'Sky Film', 'ABC']],
  ['a name', { include: [name('News')] }, ['BBC News', 'Sky News']],
  ['one of two names', { include: [name('ABC'), name('BBC')] }, ['BBC News', 'ABC']],
  ['a group and a kind: both must fit', { include: [group('UK'), kind('live')] }, ['BBC News', 'Sky News']],
  ['an excluded name wins over an included group', { include: [group('UK')], exclude: [name('Sky')] }, ['BBC News']],
  ['an excluded kind', { exclude: [kind('movie')] }, ['BBC News', 'Sky News', 'ABC']],
  [
    'no group is an empty group',
    { include: [{ field: 'group', fits: (text: string) => text === '' } as const] },
    ['ABC'],
  ],
])('%s', (_, tests, expected) => {
  expect(taken(tests)).toEqual(expected)
})

test('any of several groups may match', () => {
  const include = createEntryFilter({ include: [group('Culture')], exclude: [] })
  const exclude = createEntryFilter({ include: [], exclude: [group('Culture')] })
  const both = entry('Arte', 'News;Culture')
  expect([include(both), exclude(both)]).toEqual([true, false])
})

test('tests a group once, however often it occurs', () => {
  let asked = 0
  const fits = () => {
    asked += 1
    return true
  }
  const filter = createEntryFilter({ include: [{ field: 'group', fits }], exclude: [] })
  for (let index = 0; index < 1000; index += 1) filter(entry('x', 'same'))
  expect(asked).toBe(1)
})

describe('the kind of an entry', () => {
  test.each([
    ['http://h/live/u/p/1.ts', {}, 'live'],
    ['http://h/u/p/1', {}, 'live'],
    ['http://h/movie/u/p/1.mkv', {}, 'movie'],
    ['http://h/MOVIE/u/p/1.mkv?x=/series/', {}, 'movie'],
    ['http://h/series/u/p/1.mp4', {}, 'series'],
    ['http://h/sub/series/u/p/1.mp4', {}, 'series'],
    ['http://h/live/u/p/1.mp4', {}, 'live'],
    ['http://h/films/one.mp4', {}, 'movie'],
    ['http://h/films/one.mp4', { name: 'Show S01 E02' }, 'series'],
    ['http://h/u/p/1', { type: 'movies' }, 'movie'],
    ['http://h/u/p/1', { type: 'Series' }, 'series'],
    ['http://h/a.mp4', { type: 'live' }, 'live'],
    ['http://h/u/p/1.m3u8', { type: 'whatever' }, 'live'],
    ['', {}, 'live'],
  ] as const)(
    '%s %j is %s',
    (url, { name = 'x', type }: { readonly name?: string; readonly type?: string }, expected) => {
      expect(entryKind({ url, name, attributes: type === undefined ? [] : [['tvg-type', type]] })).toBe(expected)
    },
  )
})
