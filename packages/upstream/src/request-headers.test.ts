import { describe, expect, test } from '@jest/globals'
import { type HeaderList, headersForHop, identityHeaders, loginForHop } from './request-headers.ts'

const headersTo = (url: string, headers: HeaderList, firstUrl = 'http://a.example/') =>
  headersForHop({
    url: new URL(url),
    firstUrl: new URL(firstUrl),
    headers,
    cookie: undefined,
    authorization: undefined,
  })

test('sends only the configured fields, in their order and spelling', () => {
  const sent = headersTo('http://a.example/', [
    ['User-Agent', 'kptv-proxy/1.0'],
    ['X-Token', 'abc'],
    ['referer', 'http://r.example/'],
  ])
  expect(Object.entries(sent)).toEqual([
    ['Host', 'a.example'],
    ['User-Agent', 'kptv-proxy/1.0'],
    ['X-Token', 'abc'],
    ['referer', 'http://r.example/'],
  ])
})

test('the last field of a name wins', () => {
  expect(
    headersTo('http://a.example/', [
      ['User-Agent', 'one'],
      ['user-agent', 'two'],
    ]),
  ).toEqual({ Host: 'a.example', 'user-agent': 'two' })
})

test('an empty value removes an earlier one', () => {
  expect(
    headersTo('http://a.example/', [
      ['User-Agent', 'kptv'],
      ['Referer', 'http://r.example/'],
      ['user-agent', ''],
    ]),
  ).toEqual({ Host: 'a.example', Referer: 'http://r.example/' })
})

test.each([
  ['Host', 'internal.lan'],
  ['Content-Length', '5'],
  ['Transfer-Encoding', 'chunked'],
  ['Connection', 'keep-alive'],
  ['Range', 'bytes=0-'],
  ['Accept-Encoding', 'gzip'],
  ['Proxy-Authorization', 'Basic x'],
  ['X-A', 'one\r\nX-B: two'],
  ['X-A', 'nul\0'],
  ['X-A', ''],
  ['X-A', 'snow ☃'],
  ['X-A', 'x'.repeat(10_000)],
  ['X A', 'name with a space'],
  ['X-A:', 'name with a colon'],
  ['', 'no name'],
])('%j: %j never goes out', (name, value) => {
  expect(headersTo('http://a.example/', [[name, value]])).toEqual({ Host: 'a.example' })
})

describe('logins and special fields', () => {
  const fields: HeaderList = [
    ['User-Agent', 'kptv'],
    ['Authorization', 'Bearer t'],
    ['X-Plex-Token', 't'],
    ['Cookie', 'login=t'],
  ]
  const all = ['Authorization', 'Cookie', 'Host', 'User-Agent', 'X-Plex-Token']

  test.each([
    ['http://a.example/other', all],
    ['https://a.example/', all],
    ['http://a.example:8080/', ['Host', 'User-Agent']],
    ['http://b.example/', ['Host', 'User-Agent']],
    ['http://a.example.evil/', ['Host', 'User-Agent']],
    ['http://sub.a.example/', ['Host', 'User-Agent']],
  ])('to %s: %j', (url, names) => {
    expect(Object.keys(headersTo(url, fields)).sort()).toEqual(names)
  })

  test('are omitted when a chain steps down from https', () => {
    const sent = headersTo('http://a.example/', fields, 'https://a.example/')
    expect(Object.keys(sent).sort()).toEqual(['Host', 'User-Agent'])
  })
})

test.each([
  ['http://a.example/', 'http://us%20er:p%40ss@a.example/', 'us er:p@ss'],
  ['http://b.example/', 'http://user:pass@a.example/', undefined],
  ['http://new:login@b.example/', 'http://user:pass@a.example/', 'new:login'],
  ['http://a.example/', 'http://user:100%@a.example/', 'user:100%'],
  ['http://a.example/', 'http://a.example/', undefined],
])('at %s, coming from %s, the login is %s', (url, firstUrl, login) => {
  const found = loginForHop({ url: new URL(url), firstUrl: new URL(firstUrl) })
  expect(found && `${found.user}:${found.password}`).toBe(login)
})

test('cookies of the chain join configured ones', () => {
  const url = new URL('http://a.example/')
  const sent = headersForHop({
    url,
    firstUrl: url,
    headers: [['cookie', 'a=1']],
    cookie: 'b=2',
    authorization: undefined,
  })
  expect(sent).toEqual({ Host: 'a.example', Cookie: 'a=1; b=2' })
})

test.each([
  [{ userAgent: 'kptv', reqOrigin: undefined, reqReferrer: undefined }, [['User-Agent', 'kptv']]],
  [
    { userAgent: 'kptv', reqOrigin: 'http://o', reqReferrer: 'http://r/' },
    [
      ['User-Agent', 'kptv'],
      ['Origin', 'http://o'],
      ['Referer', 'http://r/'],
    ],
  ],
])('the sender: %j', (settings, fields) => {
  expect(identityHeaders(settings)).toEqual(fields)
})
