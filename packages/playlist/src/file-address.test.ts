import { expect, test } from '@jest/globals'
import { fileExtension, isFileAddress, mayBeFile } from './file-address.ts'

test.each([
  ['http://h/movie/u/p/1.mkv', true, 'mkv'],
  ['http://h/MOVIE/u/p/1.Mp4?token=a.ts', true, 'mp4'],
  ['http://h/series/u/p/1.avi', true, 'avi'],
  ['http://h/sub/series/u/p/1', true, 'mp4'],
  ['http://h/movie/{secret-1}/{secret-2}/1.xyz', true, 'xyz'],
  ['http://h/films/one.webm#t=1', true, 'webm'],
  ['https://h/a.m4v', true, 'm4v'],
  ['http://h/movie/u/p/1.ts', false, 'ts'],
  ['http://h/movie/u/p/1.m3u8', false, 'm3u8'],
  ['http://h/live/u/p/1.ts', false, 'ts'],
  ['http://h/u/p/1', false, 'mp4'],
  ['http://h/get?file=a.mp4', false, 'mp4'],
  ['http://h/movie/list', false, 'mp4'],
  ['http://h/live.flv', false, 'flv'],
  ['rtsp://h/a.mp4', false, 'mp4'],
])('%s is a file: %s', (url, isFile, extension) => {
  expect([isFileAddress(url), fileExtension(url)]).toEqual([isFile, extension])
})

test.each([
  ['http://h/get?id=5', true],
  ['http://h/u/p/1', true],
  ['https://h/vod', true],
  ['http://h/get?file=a.ts', true],
  ['http://h/live/u/p/1', false],
  ['http://h/sub/live/u/p/1', false],
  ['http://h/u/p/1.ts', false],
  ['http://h/a.m3u8?x', false],
  ['http://h/movie/u/p/1.mkv', false],
  ['rtsp://h/1', false],
  ['udp://239.0.0.1:1', false],
])('%s may be a file: %s', (url, mayBe) => {
  expect(mayBeFile(url)).toBe(mayBe)
})
