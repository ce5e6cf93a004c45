import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import { ERROR_ANSWERS } from '@kptv/contract'
import { nullLogger } from '@kptv/logging'
import { QueueFullError } from '../rendered/bounded-queue.ts'
import { type ChannelView, keyOfView } from '../rendered/channel-view.ts'
import { createRenderedCache } from '../rendered/rendered-cache.ts'
import type { Refusal } from '../sessions/channel-lookup.ts'
import { judgeReadiness } from '../status/readiness.ts'

import { createPublicApp, type PublicAppOptions } from './public-app.ts'
import { REQUEST_LIMITS } from './request-limits.ts'

const entered: string[] = []

const WELL = {
  redis: true,
  redisRefuses: false,
  redisSilentMs: 0,
  peersSilentMs: [],
  catalog: true,
  warm: true,
  draining: false,
}
let readiness = judgeReadiness(WELL)

const options: PublicAppOptions = {
  lookup: {
    async find(idOrName) {
      if (idOrName === 'away') throw new Error('Redis is away')
      if (idOrName === 'early') return { refused: 'catalog-missing' }
      return ['news', 'Größe 1', 'a/b', 'ends.ts'].includes(idOrName) || idOrName.startsWith('refuse-')
        ? { channelId: idOrName }
        : { refused: 'unknown-channel' }
    },
    async openSession({ channelId }) {
      entered.push(channelId)
      return channelId.replace('refuse-', '') as Refusal
    },
  },
  isOurs: async (via) => via === '1.1 kptv-ours',
  playlists: createRenderedCache<ChannelView>({
    keyOf: keyOfView,
    currentGeneration: async () => 1,
    async *render(_generation, { base, ...view }) {
      yield `#EXTM3U\n#EXTINF:-1,News\n${base}/stream/news.ts\n${Object.keys(view).length === 0 ? '' : JSON.stringify(view)}`
    },
    keepMs: 60_000,
    monotonicMs: () => 0,
  }),
  guides: createRenderedCache<ChannelView>({
    keyOf: keyOfView,
    currentGeneration: async () => 1,
    async *render(_generation, { base, ...view }) {
      yield `<tv>\n#EXTINF:-1,News\n${base}/stream/news.ts\n${Object.keys(view).length === 0 ? '' : JSON.stringify(view)}`
    },
    keepMs: 60_000,
    monotonicMs: () => 0,
  }),
  search: {
    async find(text) {
      if (text === 'busy') throw new QueueFullError('full')
      if (text === 'away') throw new Error('Redis is away')
      return { channels: [{ id: 'news', name: `<script>alert(1)</script>${text}`, group: 'A & B' }], searched: 1 }
    },
  },
  catalog: { currentGeneration: async () => 1, info: async () => ({ channels: 1 }) as never },
  readiness: () => readiness,
  baseUrl: undefined,
  sources: () => parseSources('http://tv.example/').sources,
  trustedProxies: [],
  logger: nullLogger,
}

let server: Server
let base: string

beforeAll(async () => {
  server = createServer(createPublicApp(options))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

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
  ])('HEAD %s is %i and reaches no session', async (path, status) => {
    const response = await fetch(base + path, { method: 'HEAD' })
    expect(response.status).toBe(status)
    expect(entered).toEqual([])
  })

  test.each(['GET', 'HEAD'])('%s by a node of this cluster is a loop, and reaches no session', async (method) => {
    const response = await fetch(`${base}/stream/news`, { method, headers: { Via: '1.1 kptv-ours' } })
    expect(response.status).toBe(508)
    expect(entered).toEqual([])
  })

  test('HEAD tells what a stream is, without length or ranges', async () => {
    const { headers } = await fetch(`${base}/stream/news`, { method: 'HEAD' })
    expect(headers.get('content-type')).toBe('video/mp2t')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('accept-ranges')).toBe('none')
    expect(headers.get('content-length')).toBeNull()
  })

  test.each(Object.entries(ERROR_ANSWERS))('the code %s is answered with its status as JSON', async (code, answer) => {
    const response = await fetch(`${base}/stream/refuse-${code}`)
    entered.length = 0
    expect(response.status).toBe(answer.status)
    expect(await response.json()).toEqual({ error: code, message: answer.message })
    const expected = 'retryAfter' in answer ? String(answer.retryAfter) : null
    expect(response.headers.get('retry-after')).toBe(expected)
  })
})

describe('the playlist', () => {
  test('is gzipped when asked for, has an ETag, and is not sent again unchanged', async () => {
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
  ])('a part of it is had by %s: %i', async (query, status, content) => {
    const response = await fetch(`${base}/playlist.m3u8${query}`)
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(content)
  })

  test('a strange Host is refused rather than written into links', async () => {
    expect(await raw('GET /playlist.m3u8 HTTP/1.1\r\nHost: a"b\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
  })
})

describe('the limit of requests', () => {
  test.each([
    ['viewers behind a trusted proxy are counted apart', ['127.0.0.0/8'], [404, 404, 429, 404]],
    ['what strangers say of themselves counts for nothing', [], [404, 404, 429, 429]],
  ])('%s', async (_, trustedProxies, expected) => {
    const strict = createServer(createPublicApp({ ...options, trustedProxies, limits: { ...REQUEST_LIMITS, any: 2 } }))
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve))
    const { port } = strict.address() as AddressInfo
    const statuses: number[] = []
    for (const address of ['198.51.100.1', '198.51.100.1', '198.51.100.1', '203.0.113.9']) {
      const headers = { 'X-Forwarded-For': address }
      statuses.push((await fetch(`http://127.0.0.1:${port}/nothing`, { headers })).status)
    }
    expect(statuses).toEqual(expected)
    strict.close()
    strict.closeAllConnections()
  })
})

test('searches and parts of the playlist have limits of their own, which leave the rest alone', async () => {
  const limits = { any: 100, page: 3, search: 1, part: 1 }
  const errors: string[] = []
  const strict = createServer(createPublicApp({ ...options, limits, onError: (code) => errors.push(code) }))
  await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve))
  const { port } = strict.address() as AddressInfo
  const statuses: number[] = []
  for (const path of ['/?q=a', '/?q=b', '/', '/playlist.m3u8?group=a', '/playlist.m3u8?q=b', '/playlist.m3u8'])
    statuses.push((await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Connection: 'close' } })).status)
  expect(statuses).toEqual([200, 429, 200, 200, 429, 200])
  expect(errors).toEqual(['too-many-requests', 'too-many-requests'])
  strict.close()
})

describe('pages of other origins', () => {
  test.each(['/playlist.m3u8', '/stream/news', '/stream/unknown'])('%s: a preflight is answered', async (path) => {
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
    expect(entered).toEqual([])
  })

  test('they may read playlists, errors, and what both say in their header', async () => {
    for (const path of ['/playlist.m3u8', '/stream/unknown']) {
      const { headers } = await fetch(base + path)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toMatch(/Content-Length.*Date/)
    }
  })

  test('they may not read the page', async () => {
    expect((await fetch(base)).headers.get('access-control-allow-origin')).toBeNull()
    expect((await fetch(base, { method: 'OPTIONS' })).status).toBe(405)
  })
})

describe('the door', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('%s is 405', async (method) => {
    const answer = await raw(`${method} /playlist.m3u8 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
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
    readiness = judgeReadiness({ ...WELL, ...facts })
    const answer = await fetch(`${base}/readyz`)
    expect(answer.status).toBe(code)
    const { peersSilentMs: _, ...shown } = { ...WELL, ...facts }
    expect(await answer.json()).toEqual({ status, reasons, ...shown })
  })

  test('the page escapes what providers and visitors write', async () => {
    const page = await (await fetch(`${base}/?q=%22%3E%3Cimg%3E`)).text()
    expect(page).toContain('&lt;script&gt;')
    expect(page).not.toContain('<script>')
    expect(page).not.toContain('<img>')
    expect(page).toContain(`${base}/playlist.m3u8`)
  })

  test('the page tells strangers nothing of sources, and cannot be framed', async () => {
    const response = await fetch(base)
    const page = await response.text()
    expect(page).not.toContain('tv.example')
    expect(page).toContain('<meta name="description"')
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(response.headers.get('content-security-policy')).toContain(rule)
  })

  test.each([
    ['too many searches', 'busy', 503, 'search-busy'],
    ['Redis away and nothing in memory', 'away', 503, 'coordination-unavailable'],
  ])('%s: %s', async (_, query, status, code) => {
    const response = await fetch(`${base}/?q=${query}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: code })
    expect(response.headers.get('retry-after')).toBe('5')
  })

  test('what browsers and search engines ask every site for', async () => {
    expect(await (await fetch(`${base}/robots.txt`)).text()).toContain('Disallow: /')
    for (const name of ['favicon.ico', 'favicon.svg'])
      expect((await fetch(`${base}/${name}`)).headers.get('content-type')).toContain('image/svg+xml')
  })

  test.each([
    ['two different ones', 'Host: a\r\nHost: b\r\n', 400],
    ['the same one twice', 'Host: a\r\nhost: a\r\n', 400],
    ['one', 'Host: a\r\n', 200],
  ])('Host lines: %s', async (_, lines, status) => {
    const answer = await raw(`GET /healthz HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
  })

  test('many and nested query parameters change nothing', async () => {
    const query = Array.from({ length: 1000 }, (_, index) => `a[${index}][b]=c`).join('&')
    expect((await fetch(`${base}/?${query}&q=x&q=y`)).status).toBe(200)
  })
})

function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.end(request))
    socket.on('data', (bytes) => {
      answer += bytes
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
