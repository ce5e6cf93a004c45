import { describe, expect, test } from '@jest/globals'
import { type Credentials, credentialsOf, readCredentials } from './credentials.ts'

const token = (text: string): Credentials => ({ kind: 'token', token: text })
const password = (name: string, text: string): Credentials => ({ kind: 'password', name, password: text })
const none: Credentials = { kind: 'none' }

describe('a login is read, and removed from the address', () => {
  test.each<[url: string, credentials: Credentials, rest: string]>([
    ['/link/T0/stream/abc.ts', token('T0'), '/stream/abc.ts'],
    ['/link/T0/stream/abc.ts?utc=1', token('T0'), '/stream/abc.ts?utc=1'],
    ['/link/T0/', token('T0'), '/'],
    ['/link/T0', token('T0'), '/'],
    ['/link/T0?q=1', token('T0'), '/?q=1'],
    ['/playlist.m3u8?token=T0&group=a%20b', token('T0'), '/playlist.m3u8?group=a+b'],
    ['/get.php?username=u&password=p&type=m3u_plus', password('u', 'p'), '/get.php?type=m3u_plus'],
    ['/player_api.php?username=u&password=p%26q', password('u', 'p&q'), '/player_api.php'],
    ['/live/u/p/5.ts', password('u', 'p'), '/live/5.ts'],
    ['/live/u/p%2Fq/5.m3u8?x=1', password('u', 'p/q'), '/live/5.m3u8?x=1'],
    ['/movie/u/p/5.mp4', password('u', 'p'), '/movie/5.mp4'],
    ['/series/u/p/5.mkv', password('u', 'p'), '/series/5.mkv'],
    ['/timeshift/u/p/60/2026-11-30:10-00/5.ts', password('u', 'p'), '/timeshift/60/2026-11-30:10-00/5.ts'],
    ['/u/p/5', password('u', 'p'), '/live/5'],
    ['/u/p/5.ts', password('u', 'p'), '/live/5.ts'],
    ['/live/u/%zz/5.ts', password('u', '%zz'), '/live/5.ts'],
  ])('%s', (url, credentials, rest) => {
    expect(readCredentials(url, undefined)).toEqual({ credentials, url: rest })
  })

  test.each([
    '/stream/abc.ts',
    '/stream/abc/5.ts',
    '/hls/abc/5.ts',
    '/playlist.m3u8?group=a%20b',
    '/',
    '/u/p/name.ts',
    '/live/5.ts',
  ])('%s contains none, and stays as it is', (url) => {
    expect(readCredentials(url, undefined)).toEqual({ credentials: none, url })
  })

  test('half a login is not a login, and does not stay in the address either', () => {
    expect(readCredentials('/get.php?username=u', undefined)).toEqual({ credentials: none, url: '/get.php' })
  })

  test('a login of a thousand characters is not a login', () => {
    expect(readCredentials(`/live/u/${'p'.repeat(1_000)}/5.ts`, undefined).credentials).toEqual(none)
  })
})

test.each([
  [`Basic ${btoa('u:p:q')}`, password('u', 'p:q')],
  [`basic ${btoa('u:p')}`, password('u', 'p')],
  [`Basic ${btoa('no colon')}`, none],
  ['Basic ***', none],
  ['Bearer abc', none],
])('the field Authorization: %s', (field, expected) => {
  expect(readCredentials('/', field).credentials).toEqual(expected)
})

test('the address wins over the header, so that a link works in a browser that is logged in', () => {
  expect(readCredentials('/link/T0/', `Basic ${btoa('u:p')}`).credentials).toEqual(token('T0'))
})

test.each([
  [{ username: 'u', password: 'p' }, password('u', 'p')],
  [{ username: ['u', 'v'], password: 'p' }, none],
  [{ username: 'u' }, none],
])('the form %j', (form, expected) => {
  expect(credentialsOf(form)).toEqual(expected)
})
