import { expect, test } from '@jest/globals'
import { readPanelCategory, readPanelEntry } from './panel-entry.ts'

const categories = new Map([
  ['3', 'News'],
  ['4', 'Sport'],
])
const read = (item: unknown, kind: 'live' | 'movie' | 'series' = 'live') =>
  readPanelEntry(item, {
    kind,
    categories,
    addressOf: (id, extension) => `http://h/${kind}/${id}.${extension}`,
    place: 9,
  })

test('a channel with everything', () => {
  const item = {
    num: 12,
    name: ' One\tHD ',
    stream_id: 7,
    stream_icon: 'http://logo.example/7.png',
    epg_channel_id: 'one.uk',
    category_id: '3',
    category_ids: [3, 4],
    tv_archive: 1,
    tv_archive_duration: '7',
    direct_source: 'http://hidden.example/7.ts',
  }
  expect(read(item)).toEqual({
    name: 'One HD',
    url: 'http://h/live/7.ts',
    attributes: [
      ['tvg-id', 'one.uk'],
      ['tvg-name', 'One HD'],
      ['tvg-logo', 'http://logo.example/7.png'],
      ['tvg-chno', '12'],
      ['catchup', 'xc'],
      ['catchup-days', '7'],
      ['group-title', 'News;Sport'],
    ],
    headers: [],
    durationSeconds: -1,
    line: 9,
  })
})

test('numbers as strings, and null for missing ones', () => {
  const item = {
    num: '12',
    name: 34,
    stream_id: '7',
    stream_icon: null,
    epg_channel_id: null,
    category_id: 4,
    tv_archive: '0',
  }
  expect(read(item)).toMatchObject({
    name: '34',
    url: 'http://h/live/7.ts',
    attributes: [
      ['tvg-name', '34'],
      ['tvg-chno', '12'],
      ['group-title', 'Sport'],
    ],
  })
})

test('a movie has the extension of its container', () => {
  const item = {
    num: 1,
    name: 'Film',
    stream_id: 8,
    cover: 'http://logo.example/8.jpg',
    category_id: '3',
    container_extension: 'MKV',
  }
  expect(read(item, 'movie')).toMatchObject({
    url: 'http://h/movie/8.mkv',
    attributes: [
      ['tvg-name', 'Film'],
      ['tvg-logo', 'http://logo.example/8.jpg'],
      ['tvg-type', 'movie'],
      ['group-title', 'News'],
    ],
  })
  expect(read({ stream_id: 8, container_extension: '../x' }, 'movie')).toMatchObject({
    name: 'Movie 8',
    url: 'http://h/movie/8.mp4',
  })
})

test('a series is found by its own number, and has no extension', () => {
  expect(
    read({ series_id: '5', name: 'Dark', cover: 'http://logo.example/5.jpg', category_id: 4 }, 'series'),
  ).toMatchObject({
    name: 'Dark',
    url: expect.stringContaining('/series/5'),
    attributes: [
      ['tvg-name', 'Dark'],
      ['tvg-logo', 'http://logo.example/5.jpg'],
      ['tvg-type', 'series'],
      ['group-title', 'Sport'],
    ],
  })
  expect(read({ stream_id: 5, name: 'Dark' }, 'series')).toBe('entry-without-url')
})

test('an archive without a length is a day', () => {
  expect(read({ stream_id: 1, tv_archive: 1, tv_archive_duration: null })).toMatchObject({
    attributes: [
      ['catchup', 'xc'],
      ['catchup-days', '1'],
    ],
  })
})

test('a quote does not break out of an attribute, and an invalid address is not a logo', () => {
  expect(read({ stream_id: 1, name: 'A', epg_channel_id: 'a" x="y', stream_icon: 'images/1.png' })).toMatchObject({
    attributes: [
      ['tvg-id', "a' x='y"],
      ['tvg-name', 'A'],
    ],
  })
})

test.each<[unknown, string]>([
  [null, 'garbage'],
  ['text', 'garbage'],
  [[], 'garbage'],
  [{ name: 'One' }, 'entry-without-url'],
  [{ stream_id: 'x/../y' }, 'entry-without-url'],
  [{ stream_id: -1 }, 'entry-without-url'],
])('%j is skipped as %s', (item, reason) => {
  expect(read(item)).toBe(reason)
})

test('categories', () => {
  expect(readPanelCategory({ category_id: 3, category_name: 'News; Weather' })).toEqual(['3', 'News, Weather'])
  expect(readPanelCategory({ category_name: 'News' })).toBeUndefined()
  expect(readPanelCategory(false)).toBeUndefined()
})
