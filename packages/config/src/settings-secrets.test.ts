import { expect, test } from '@jest/globals'
import { loadSettings } from './load-settings.ts'
import { secretsOf } from './settings-secrets.ts'

test('the secrets of a process are those of its sources and of both Redis servers', () => {
  const settings = loadSettings({
    SOURCES: 'http://tv.example/get.php?username=ann&password=word|1,http://other.example/list.m3u|1',
    REDIS_URL: 'redis://default:p%40ss@redis.example:6379/2',
    RELAY_REDIS_URL: 'rediss://relay:other@relay.example',
  })
  expect(secretsOf(settings)).toEqual(['ann', 'word', 'p%40ss', 'p@ss', 'relay', 'other'])
})

test('there are none without credentials', () => {
  expect(secretsOf(loadSettings({ REDIS_URL: 'redis://127.0.0.1:6379' }))).toEqual([])
})

test('the secrets include those of several hosts and of their Sentinels', () => {
  const settings = loadSettings({
    REDIS_URL: 'redis+sentinel://ann:w%40rd@one:26379,two:26379/kptv/1?sentinel_username=watch&sentinel_password=dog',
    RELAY_REDIS_URL: 'redis+cluster://:relay@one,two:6379,three',
  })
  expect(secretsOf(settings)).toEqual(['ann', 'w%40rd', 'watch', 'dog', 'w@rd', 'relay'])
})

test('the password of operators is a secret, from the environment or from a file', () => {
  const base = { REDIS_URL: 'redis://127.0.0.1:6379' }
  expect(secretsOf(loadSettings({ ...base, ADMIN_PASSWORD: 'open sesame' }))).toEqual(['open sesame'])
  const settings = loadSettings({ ...base, ADMIN_PASSWORD_FILE: '/run/word' }, () => ({ text: 'of a file\n' }))
  expect([settings.adminPassword, secretsOf(settings)]).toEqual(['of a file', ['of a file']])
})

test.each([
  ['both forms at once', { ADMIN_PASSWORD: 'one' }, 'two', 'together'],
  ['an empty file', {}, '\n', 'password of 1 to 256'],
  ['two lines', {}, 'one\ntwo\n', 'on one line'],
])('%s: the start is refused, and the password not shown', (_, environment, text, allowed) => {
  const load = () =>
    loadSettings({ REDIS_URL: 'redis://x', ADMIN_PASSWORD_FILE: '/run/word', ...environment }, () => ({ text }))
  expect(load).toThrow(allowed)
  expect(load).not.toThrow(/one$|two/)
})
