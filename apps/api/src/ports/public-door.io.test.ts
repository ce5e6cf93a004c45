import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { channelPage, groupList, siteAnswer } from '@kptv/contract'
import { type PublicPort, startPublicPort, WELL } from '../../test-support/public-port.ts'
import { REQUEST_LIMITS } from './request-limits.ts'

let port: PublicPort
let base: string

beforeAll(async () => {
  port = await startPublicPort()
  base = port.base
})

afterAll(async () => port[Symbol.asyncDispose]())

describe('the request limit', () => {
  test.each([
    ['viewers behind a trusted proxy are counted apart', ['127.0.0.0/8'], [404, 404, 429, 404]],
    ['what strangers say of themselves counts for nothing', [], [404, 404, 429, 429]],
  ])('%s', async (_, trustedProxies, expected) => {
    await using strict = await startPublicPort({ trustedProxies, limits: { ...REQUEST_LIMITS, any: 2 } })
    const statuses: number[] = []
    for (const address of ['198.51.100.1', '198.51.100.1', '198.51.100.1', '203.0.113.9']) {
      const headers = { 'X-Forwarded-For': address }
      statuses.push((await fetch(`${strict.base}/nothing`, { headers })).status)
    }
    expect(statuses).toEqual(expected)
  })
})

test('searches and parts of the playlist have separate limits, which do not affect the rest', async () => {
  const limits = { any: 100, page: 3, search: 1, part: 1, programmes: 1 }
  const errors: string[] = []
  await using strict = await startPublicPort({ limits, onError: (code) => errors.push(code) })
  const statuses: number[] = []
  for (const path of [
    '/api/channels?q=a',
    '/api/channels?q=b',
    '/',
    '/playlist.m3u8?group=a',
    '/playlist.m3u8?q=b',
    '/playlist.m3u8',
  ])
    statuses.push((await fetch(strict.base + path)).status)
  expect(statuses).toEqual([200, 429, 200, 200, 429, 200])
  expect(errors).toEqual(['too-many-requests', 'too-many-requests'])
})

describe('pages of other origins', () => {
  test.each([
    ...['/playlist.m3u8', '/guide.xml', '/guide.xml.gz', '/get.php', '/xmltv.php', '/api/channels', '/logo/news'],
    ...['/stream/news', '/stream/unknown', '/stream/news.m3u8', '/live/1.ts', '/live/anna/word/1.ts', '/anna/word/1'],
    ...['/movie/anna/word/1.mkv', '/series/anna/word/1.mkv', '/link/token-of-anna-of-anna/stream/news'],
    ...['/archive/news', '/timeshift/anna/word/60/2027-01-01:10-00/1.ts', '/streaming/timeshift.php'],
    ...['/hdhr/discover.json', '/hdhr/auto/v1', '/hdhr/News/lineup.json'],
  ])('%s: a preflight is answered', async (path) => {
    const headers = {
      Origin: 'https://player.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'range,x-player',
    }
    const response = await fetch(base + path, { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'range,x-player',
      'access-control-max-age': '86400',
    })
    expect(port.entered).toEqual([])
  })

  test('may read playlists and errors, with their header fields', async () => {
    for (const path of ['/playlist.m3u8', '/stream/unknown']) {
      const { headers } = await fetch(base + path)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toMatch(/Content-Length.*Date/)
    }
  })

  test('may not read the page', async () => {
    expect((await fetch(base)).headers.get('access-control-allow-origin')).toBeNull()
    expect((await fetch(base, { method: 'OPTIONS' })).status).toBe(405)
  })
})

describe('the public port', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('%s is 405', async (method) => {
    const answer = await port.raw(`${method} /playlist.m3u8 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 405/)
    expect(answer).toContain('"method-not-allowed"')
  })

  test('health', async () => {
    expect((await fetch(`${base}/healthz`)).status).toBe(200)
  })

  test.each<[Partial<typeof WELL>, number, string, string[]]>([
    [{}, 200, 'ready', []],
    [{ catalog: false }, 200, 'degraded', ['catalog-missing']],
    [{ draining: true }, 503, 'not ready', ['draining']],
  ])('readiness: %j', async (facts, code, status, reasons) => {
    port.setReadiness(facts)
    const answer = await fetch(`${base}/readyz`)
    expect(answer.status).toBe(code)
    const { peersSilentMs: _, ...shown } = { ...WELL, ...facts }
    expect(await answer.json()).toEqual({ status, reasons, ...shown })
  })

  test('the page shows nothing of providers or visitors, loads nothing from elsewhere, and cannot be framed', async () => {
    const response = await fetch(`${base}/?q=%22%3E%3Cimg%3E`)
    expect(await response.text()).toBe('<index.html>')
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(response.headers.get('content-security-policy')).toContain(rule)
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  })

  test('its scripts never change under their names, compressed or not', async () => {
    const asset = `${base}/assets/watch-1a2b3c4d.js`
    const plain = await fetch(asset, { headers: { 'Accept-Encoding': 'identity' } })
    expect(await plain.text()).toBe('<assets/watch-1a2b3c4d.js>')
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(plain.headers.get('content-type')).toContain('text/javascript')
    expect((await fetch(asset, { headers: { 'Accept-Encoding': 'gzip, br' } })).headers.get('content-encoding')).toBe(
      'br',
    )
    for (const path of ['watch-0.js', 'constructor']) expect((await fetch(`${base}/assets/${path}`)).status).toBe(404)
  })

  test('without a built page there is an error, and the rest works', async () => {
    await using port = await startPublicPort({ page: { find: () => undefined } })
    const response = await fetch(port.base)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: 'page-missing' })
    expect((await fetch(`${port.base}/playlist.m3u8`)).status).toBe(200)
  })

  test('the channel list is paged, and states the number of pages', async () => {
    const answer = channelPage.parse(await (await fetch(`${base}/api/channels?q=x&page=2`)).json())
    expect(answer).toMatchObject({ page: 2, pages: 3, matching: 120, searched: 120 })
    expect(answer.channels[0]?.name).toBe('<script>alert(1)</script>x')
    expect(groupList.parse(await (await fetch(`${base}/api/groups`)).json()).groups).toHaveLength(1)
    const site = siteAnswer.parse(await (await fetch(`${base}/api/site`)).json())
    expect(site.links.playlist).toBe(`${base}/playlist.m3u8`)
  })

  test.each([
    ['page=0', 'bad-request'],
    ['page=1.5', 'bad-request'],
    ['page=x', 'bad-request'],
    ['q=a&q=b', 'bad-request'],
    ['source=nobody', 'unknown-source'],
  ])('an impossible list: %s', async (query, code) => {
    expect(await (await fetch(`${base}/api/channels?${query}`)).json()).toMatchObject({ error: code })
  })

  test.each([
    ['too many searches', 'busy', 503, 'search-busy'],
    ['Redis away and nothing in memory', 'away', 503, 'coordination-unavailable'],
  ])('%s: %s', async (_, query, status, code) => {
    const response = await fetch(`${base}/api/channels?q=${query}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: code })
    expect(response.headers.get('retry-after')).toBe('5')
  })

  test('serves the files that browsers and search engines request from every site', async () => {
    expect(await (await fetch(`${base}/robots.txt`)).text()).toBe('User-agent: *\nAllow: /$\nDisallow: /\n')
    for (const name of ['favicon.ico', 'favicon.svg'])
      expect((await fetch(`${base}/${name}`)).headers.get('content-type')).toContain('image/svg+xml')
  })

  test.each([
    ['two different ones', 'Host: a\r\nHost: b\r\n', 400],
    ['the same one twice', 'Host: a\r\nhost: a\r\n', 400],
    ['one', 'Host: a\r\n', 200],
  ])('Host lines: %s', async (_, lines, status) => {
    const answer = await port.raw(`GET /healthz HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
  })

  test('many and nested query parameters change nothing', async () => {
    const query = Array.from({ length: 1000 }, (_, index) => `a[${index}][b]=c`).join('&')
    expect((await fetch(`${base}/?${query}`)).status).toBe(200)
  })
})
