import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import { type StatusAnswer, statusAnswer } from '@kptv/contract'
import { nullLogger } from '@kptv/logging'
import { createListAcceptor } from '../status/accept-list.ts'
import { createAdminApp } from './admin-app.ts'

let server: Server | undefined
afterEach(() => void server?.close())

const STATUS: StatusAnswer = {
  node: 'edge-1',
  incarnation: 'abc',
  pid: 1,
  redis: 'away',
  redisVersion: null,
  nodes: [],
  catalog: null,
  guide: null,
  sourcesFile: { problems: [] },
  usersFile: { problems: [] },
  sources: [{ id: 'tv', name: 'tv.example' }],
  channels: [],
  viewers: 0,
  ffmpeg: 'missing',
  unsupported: [],
}
const SOURCES = [
  {
    name: 'tv.example',
    state: '5 entries',
    healthy: false,
    connections: '0 of 1',
    alarm: 'Since today: the list has shrunk, <b>News</b> is gone.',
    remedy: { text: 'To accept it:', path: '/sources/tv/accept' },
  },
]

async function start(lists: Parameters<typeof createListAcceptor>[0]['lists']) {
  let builds = 0
  const { sources } = parseSources('http://tv.example/')
  const queues = {
    requestBuild: async () => {
      builds += 1
    },
  }
  const app = createAdminApp({
    metrics: { text: async () => '', contentType: 'text/plain' },
    status: async () => STATUS,
    overview: {
      sources: async () => SOURCES,
      fileProblems: () => ['line 3: sources[0].limit: must be a whole number'],
    },
    hostNames: ['tv-box.lan'],
    version: '1.2.3',
    refresh: async () => {},
    accept: createListAcceptor({ sources: () => sources, lists, queues }),
    logger: nullLogger,
  })
  server = createServer(app)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (id: string) => {
    const response = await fetch(`${base}/sources/${id}/accept`, { method: 'POST' })
    const { status, error } = (await response.json()) as { status?: string; error?: string }
    return `${response.status} ${status ?? error}`
  }
  return { base, post, id: sources[0]!.id, builds: () => builds }
}

/** fetch() sets some of these fields on its own, as browsers do. */
async function send(url: string, method: string, headers: Record<string, string>): Promise<number | undefined> {
  const outgoing = request(url, { method, headers }).end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

describe('orders from pages of another origin are refused', () => {
  test.each([
    ['curl', {}, true],
    ['our own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://HOST' }, true],
    ['an address that was typed', { 'Sec-Fetch-Site': 'none' }, true],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' }, false],
    [
      'a form of another site',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
      false,
    ],
    ['another port of this host', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:1' }, false],
    ['an old browser, our own page', { Origin: 'http://HOST' }, true],
    ['an old browser, another site', { Origin: 'http://evil.example' }, false],
    ['an old browser, a page without an origin', { Origin: 'null' }, false],
  ])('%s', async (_, fields: Record<string, string>, isDone) => {
    const { base, id, builds } = await start({ accept: async () => 'accepted' })
    const host = new URL(base).host
    const headers = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value.replace('HOST', host)]),
    )
    expect(await send(`${base}/refresh`, 'POST', headers)).toBe(isDone ? 202 : 403)
    expect(await send(`${base}/sources/${id}/accept`, 'POST', headers)).toBe(isDone ? 200 : 403)
    expect(builds()).toBe(isDone ? 1 : 0)
  })
})

describe('reading', () => {
  test.each([
    [
      'a script of another site',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
      403,
    ],
    [
      'a frame of another site',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
      403,
    ],
    [
      'a link that a person follows',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
      200,
    ],
    ['Prometheus', {}, 200],
  ])('by %s: %s %i', async (_, headers: Record<string, string>, status) => {
    const { base } = await start({ accept: async () => 'accepted' })
    for (const path of ['/status', '/metrics', '/']) expect(await send(base + path, 'GET', headers)).toBe(status)
  })
})

describe('the name of the port', () => {
  test.each([
    ['127.0.0.1', 200],
    ['127.0.0.1:9090', 200],
    ['[::1]:9090', 200],
    ['localhost:9090', 200],
    ['LocalHost', 200],
    ['tv-box.lan:9090', 200],
    ['TV-Box.lan.', 200],
    ['evil.example:9090', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['tv-box.lan.evil.example', 403],
    ['[evil.example]', 403],
    ['127.0.0.1:9090:80', 403],
    ['127.0.0.1@evil.example', 403],
  ])('%s: %i, for reading and for orders', async (host, status) => {
    const { base } = await start({ accept: async () => 'accepted' })
    const sameOrigin = { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }
    expect(await send(`${base}/status`, 'GET', sameOrigin)).toBe(status)
    expect(await send(`${base}/refresh`, 'POST', sameOrigin)).toBe(status === 200 ? 202 : status)
  })
})

test('/status, /openapi.json and the files of every site are served', async () => {
  const { base } = await start({ accept: async () => 'accepted' })
  expect(statusAnswer.parse(await (await fetch(`${base}/status`)).json())).toEqual(STATUS)
  const description = (await (await fetch(`${base}/openapi.json`)).json()) as { info: unknown; paths: object }
  expect(description.info).toMatchObject({ version: '1.2.3' })
  for (const path of ['/status', '/metrics', '/refresh', '/sources/{source}/accept', '/openapi.json'])
    expect(Object.keys(description.paths)).toContain(path)
  expect(await (await fetch(`${base}/robots.txt`)).text()).toContain('Disallow: /')
})

test('its page shows problems of a source and of the sources file, and what can be done', async () => {
  const { base } = await start({ accept: async () => 'accepted' })
  const response = await fetch(base)
  const page = await response.text()
  expect(page).toContain('the list has shrunk, &lt;b&gt;News&lt;/b&gt; is gone.')
  expect(page).toContain(`<code>curl -X POST ${base}/sources/tv/accept</code>`)
  expect(page).toContain('line 3: sources[0].limit: must be a whole number')
  for (const rule of ["frame-ancestors 'none'", "base-uri 'none'"])
    expect(response.headers.get('content-security-policy')).toContain(rule)
})

test('a list that was put aside is accepted, and a catalogue is built from it', async () => {
  const { post, id, builds } = await start({ accept: async () => 'accepted' })
  expect(await post(id)).toBe('200 accepted')
  expect(builds()).toBe(1)
  expect(await post('nobody')).toBe('404 unknown-source')
  expect(builds()).toBe(1)
})

test.each([
  ['nothing is put aside', async () => 'nothing-put-aside' as const, '409 nothing-put-aside'],
  ['Redis is away', () => Promise.reject(new Error('away')), '503 coordination-unavailable'],
])('%s: nothing is built', async (_, accept, expected) => {
  const { post, id, builds } = await start({ accept })
  expect(await post(id)).toBe(expected)
  expect(builds()).toBe(0)
})
