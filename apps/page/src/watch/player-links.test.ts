import { expect, test } from '@jest/globals'
import { tunerOf, withGroup } from './player-links.ts'

test('links to all channels are as they are', () => {
  expect(withGroup('http://tv/playlist.m3u8', '')).toBe('http://tv/playlist.m3u8')
  expect(tunerOf('http://tv/hdhr', '')).toBe('http://tv/hdhr')
})

test('a group becomes a parameter, or a part of the path of a tuner', () => {
  expect(withGroup('http://tv/link/abc/guide.xml', 'UK & News')).toBe('http://tv/link/abc/guide.xml?group=UK+%26+News')
  expect(tunerOf('http://tv/link/abc/hdhr', 'UK/News & more')).toBe('http://tv/link/abc/hdhr/UK%2FNews%20%26%20more')
})
