import { expect, test } from '@jest/globals'
import { loginInPath } from './login-in-path.ts'

test.each([
  '/live/joe/word/12.ts',
  '/joe/word/12',
  '/playlist/joe/word/m3u_plus',
  '/xmltv/live/joe/word/1.ts',
  '/get/joe/word',
  '/c/joe/word/m3u_plus',
  '/c/joe/word/',
  '/xmltv/joe/word',
  '/epg/joe/word/guide.xml',
  '/joe/word/m3u_plus',
  '/panel/joe/word/m3u_plus',
])('%s', (path) => {
  expect(loginInPath(path)).toEqual(['joe', 'word'])
})

test.each([
  ['/joe555/secretword/list.m3u', ['joe555', 'secretword']],
  ['/USERNAME1/PASSWORD1/list.m3u', ['USERNAME1', 'PASSWORD1']],
  ['/joe/p4ssw0rd/tv.m3u8', ['joe', 'p4ssw0rd']],
  ['/joe/123456/ts', ['joe', '123456']],
  ['/panel/joe555/p4ssw0rd/list.m3u', ['joe555', 'p4ssw0rd']],
])('%s looks made up', (path, login) => {
  expect(loginInPath(path)).toEqual(login)
})

test.each([
  '/list.m3u',
  '/',
  '/iptv/lists/tv.m3u',
  '/iptv/countries/uk.m3u',
  '/lists2024/my-iptv/tv.m3u',
  '/user/repo/master/list.m3u',
  '/user2024/project77/master/list.m3u',
  '/Free-TV/IPTV/master/playlist.m3u8',
  '/v1/export/list.m3u',
  '/api/v12345678/list.m3u',
  '/joe/word/list.m3u',
  '/p/4f9c2a7be81d/list.m3u',
  '/get/free/m3u_plus',
  '/c/tv/list.m3u',
  '/epg/uk/guide.xml',
  '/news/evening/m3u',
  '/joe555/p4ssw0rd/logo.png',
])('%s has none', (path) => {
  expect(loginInPath(path)).toBeUndefined()
})
