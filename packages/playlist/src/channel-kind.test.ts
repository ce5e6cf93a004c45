import { expect, test } from '@jest/globals'
import type { Attributes } from './attributes.ts'
import { type ChannelKind, channelKind, keyOfKind } from './channel-kind.ts'

const SERIES = 'http://h/player_api.php?username=u&password=p&action=get_series_info&series_id=5'

test.each<[string, string, Attributes, ChannelKind]>([
  ['News', 'http://h/live/u/p/1.ts', [], 'live'],
  ['Heat', 'http://h/movie/u/p/1.mkv', [], 'movie'],
  ['Heat', 'http://h/films/heat.mp4', [], 'movie'],
  ['Dark S01E02', 'http://h/films/dark.mp4', [], 'episode'],
  ['Dark', 'http://h/series/u/p/1.mp4', [], 'episode'],
  ['Dark 2', 'http://h/dark2.avi', [['group-title', 'DE | Serien']], 'episode'],
  ['Dark 2', 'http://h/dark2.avi', [['tvg-type', 'tvshow']], 'episode'],
  ['Dark', SERIES, [], 'series'],
  ['Dark', SERIES.replace('username=u&password=p', 'username={secret-1}&password={secret-2}'), [], 'series'],
  // They are played as channels are, whatever their list calls them.
  ['Heat', 'http://h/movie/u/p/1.ts', [], 'live'],
  ['Heat', 'http://h/movie/u/p/1.m3u8', [], 'live'],
  ['Dark S01E02', 'http://h/live/u/p/1.ts', [['tvg-type', 'movie']], 'live'],
])('%s at %s is %j', (name, url, attributes, kind) => {
  expect(channelKind({ name, attributes, streams: [{ id: 's', sourceId: 'a', url, headers: [] }] })).toBe(kind)
})

test('a channel without streams is live, and keeps its key', () => {
  expect(channelKind({ name: 'A', attributes: [], streams: [] })).toBe('live')
  expect(keyOfKind('live', 'news')).toBe('news')
  expect(new Set((['live', 'movie', 'episode', 'series'] as const).map((kind) => keyOfKind(kind, 'news'))).size).toBe(4)
})
