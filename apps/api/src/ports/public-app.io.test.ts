import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ERROR_ANSWERS, openApiDocument } from '@kptv/contract'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'

let port: PublicPort
let base: string

beforeAll(async () => {
  port = await startPublicPort()
  base = port.base
})

afterAll(async () => port[Symbol.asyncDispose]())

test('the description of the port has every route', () => {
  const { paths } = openApiDocument('1.2.3') as { readonly paths: object }
  const unlisted = ['/robots.txt', '/favicon.ico', '/favicon.svg']
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(port.paths.filter((path) => !unlisted.includes(path))))
})

describe('channels', () => {
  test.each([
    ['/stream/news', 200],
    ['/stream/news.ts', 200],
    ['/stream/news/', 200],
    ['/STREAM/news', 200],
    ['/stream/Gr%C3%B6%C3%9Fe%201', 200],
    ['/stream/a%2Fb', 200],
    ['/stream/ends.ts', 200],
    ['/stream/unknown', 404],
    ['/stream/..%2f..%2fetc%2fpasswd', 404],
    ['/stream/%00', 404],
    ['/stream/%zz', 400],
    ['/stream/%c3', 400],
    ['/stream', 404],
    ['/nothing', 404],
    ['/stream/away', 503],
    ['/stream/early', 503],
  ])('HEAD %s is %i and opens no session', async (path, status) => {
    const response = await fetch(base + path, { method: 'HEAD' })
    expect(response.status).toBe(status)
    expect(port.entered).toEqual([])
  })

  test.each([
    ['GET', '/stream/news'],
    ['HEAD', '/stream/news'],
    ['GET', '/link/token/stream/news.ts'],
    ['GET', '/live/user/password/1.ts'],
    ['HEAD', '/live/user/password/1.ts'],
    ['GET', '/user/password/1'],
  ])('%s %s by a node of this cluster is a loop, and opens no session', async (method, path) => {
    const response = await fetch(base + path, { method, headers: { Via: '1.1 kptv-ours' } })
    expect(response.status).toBe(508)
    expect(port.entered).toEqual([])
  })

  test.each(['utc=1795900000&lutc=1795980000', 'timeshift=2026-01-01:10-00', 'archive=1'])(
    'a request for the past (%s) is refused, because only live media can be played',
    async (query) => {
      const response = await fetch(`${base}/stream/news.ts?${query}`)
      expect([response.status, ((await response.json()) as { readonly error: string }).error]).toEqual([
        404,
        'no-archive',
      ])
      expect(port.entered).toEqual([])
    },
  )

  test.each(['0', '-1', 'x', '1e9', '3&duration=4'])('a duration of %s is refused', async (duration) => {
    expect((await fetch(`${base}/stream/news?duration=${duration}`)).status).toBe(400)
  })

  test('HEAD describes a stream, without length or ranges', async () => {
    const { headers } = await fetch(`${base}/stream/news`, { method: 'HEAD' })
    expect(headers.get('content-type')).toBe('video/mp2t')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('accept-ranges')).toBe('none')
    expect(headers.get('content-length')).toBeNull()
  })

  test.each(Object.entries(ERROR_ANSWERS))('the code %s is answered with its status as JSON', async (code, answer) => {
    const response = await fetch(`${base}/stream/refuse-${code}`)
    port.entered.length = 0
    expect(response.status).toBe(answer.status)
    expect(await response.json()).toEqual({ error: code, message: answer.message })
    const expected = 'retryAfter' in answer ? String(answer.retryAfter) : null
    expect(response.headers.get('retry-after')).toBe(expected)
  })
})

describe('the playlist', () => {
  test('is gzipped on request, has an ETag, and is not resent unchanged', async () => {
    const first = await fetch(`${base}/playlist.m3u8`, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(first.headers.get('content-encoding')).toBe('gzip')
    expect(await first.text()).toContain(`${base}/stream/news.ts`)
    const plain = await fetch(`${base}/playlist.m3u8`, { headers: { 'Accept-Encoding': 'identity' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('content-length')).toBe(String((await plain.text()).length))
    const etag = first.headers.get('etag')!
    const again = await fetch(`${base}/playlist.m3u8`, { headers: { 'If-None-Match': etag } })
    expect(again.status).toBe(304)
  })

  test('HEAD has the same header and no body', async () => {
    const response = await fetch(`${base}/playlist.m3u8`, {
      method: 'HEAD',
      headers: { 'Accept-Encoding': 'identity' },
    })
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await response.text()).toBe('')
  })

  test.each([
    ['?group=UK%20News', 200, '{"group":"uk news"}'],
    ['?source=tv.example&q=x', 200, '"text":"x"'],
    ['?source=nobody', 404, '"unknown-source"'],
    ['?q=x&q=y', 400, '"bad-request"'],
  ])('%s selects a part of it: %i', async (query, status, content) => {
    const response = await fetch(`${base}/playlist.m3u8${query}`)
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(content)
  })

  test('a strange Host is refused rather than written into links', async () => {
    expect(await port.raw('GET /playlist.m3u8 HTTP/1.1\r\nHost: a"b\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400/,
    )
  })
})
