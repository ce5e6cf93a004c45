import { expect, test } from '@jest/globals'
import { loadSettings } from './load-settings.ts'
import { secretsOf } from './settings-secrets.ts'

test('the secrets of a process are those of its sources and of both Redis', () => {
  const settings = loadSettings({
    SOURCES: 'http://tv.example/get.php?username=ann&password=word|1,http://other.example/list.m3u|1',
    REDIS_URL: 'redis://default:p%40ss@redis.example:6379/2',
    RELAY_REDIS_URL: 'rediss://relay:other@relay.example',
  })
  expect(secretsOf(settings)).toEqual(['ann', 'word', 'p%40ss', 'p@ss', 'relay', 'other'])
})

test('without credentials there are none', () => {
  expect(secretsOf(loadSettings({ REDIS_URL: 'redis://127.0.0.1:6379' }))).toEqual([])
})

test('the secrets of several hosts, and those of their Sentinels', () => {
  const settings = loadSettings({
    REDIS_URL: 'redis+sentinel://ann:w%40rd@one:26379,two:26379/kptv/1?sentinel_username=watch&sentinel_password=dog',
    RELAY_REDIS_URL: 'redis+cluster://:relay@one,two:6379,three',
  })
  expect(secretsOf(settings)).toEqual(['ann', 'w%40rd', 'watch', 'dog', 'w@rd', 'relay'])
})
