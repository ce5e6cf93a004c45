import { describe, expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { createViewFilter, viewOf } from './channel-view.ts'

const SOURCES = [
  { id: 'one-1', name: 'One' },
  { id: 'two-2', name: 'Two' },
]
const base = 'http://a'

describe('the view that a query selects', () => {
  test.each([
    ['', { base }],
    ['?unknown=1&group=&q=', { base }],
    ['?group=UK%20%20News', { base, group: 'uk news' }],
    ['?source=One', { base, sourceId: 'one-1' }],
    ['?source=two-2&q=BBC', { base, sourceId: 'two-2', text: 'bbc' }],
    ['?output=hls', { base, hls: 'ts' }],
    ['?output=hls&format=fmp4', { base, hls: 'fmp4' }],
    ['?output=hls&format=fmp4&audio=aac', { base, hls: 'fmp4-aac' }],
    ['?format=fmp4', { base }],
    ['?output=m3u8', { base, hls: 'ts' }],
    ['?output=ts', { base }],
    ['?kinds=live', { base, kinds: ['live'] }],
    ['?kinds=Series,MOVIE,movie', { base, kinds: ['movie', 'series'] }],
    ['?kinds=', { base }],
    ['?kinds=radio', 'bad-request'],
    ['?source=three', 'unknown-source'],
    ['?q=a&q=b', 'bad-request'],
    [`?q=${'x'.repeat(201)}`, 'bad-request'],
    ['?__proto__=1&constructor=2', { base }],
  ])('%s', (query, expected) => {
    const pairs: Record<string, unknown> = {}
    for (const [key, value] of new URLSearchParams(query))
      pairs[key] = key in pairs && key === 'q' ? [pairs[key], value] : value
    expect(viewOf(base, pairs, SOURCES)).toEqual(expected)
  })
})

const channel = (name: string, group: string, ...sourceIds: string[]): CatalogChannel => ({
  id: name,
  name,
  attributes: group === '' ? [] : [['group-title', group]],
  streams: sourceIds.map((sourceId) => ({ id: 's', sourceId, url: 'u', headers: [] })),
})
const CHANNELS = [
  channel('BBC One', 'UK News', 'one-1', 'two-2'),
  channel('CNN', 'US  NEWS', 'two-2'),
  channel('ABC', '', 'one-1'),
]

describe('the channels of a view', () => {
  test.each([
    [{ base }, ['BBC One', 'CNN', 'ABC']],
    [{ base, group: 'us news' }, ['CNN']],
    [{ base, group: 'news' }, []],
    [{ base, text: 'news' }, ['BBC One', 'CNN']],
    [{ base, text: 'bbc' }, ['BBC One']],
    [{ base, sourceId: 'one-1' }, ['BBC One', 'ABC']],
    [{ base, sourceId: 'one-1', text: 'news' }, ['BBC One']],
  ])('%j', (view, expected) => {
    expect(CHANNELS.filter(createViewFilter(view)).map(({ name }) => name)).toEqual(expected)
  })
})
