import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import {
  type AdminOrder,
  adminSettings,
  adminUsers,
  type LiveState,
  liveState,
  type StatusAnswer,
  statusAnswer,
} from '@kptv/contract'
import { nullLogger } from '@kptv/logging'
import { MADE_UP_SET_UP } from '../../test-support/made-up-set-up.ts'
import { createGiveOrder } from '../orders/give-order.ts'
import type { LogoImages } from '../outputs/logo/logo-images.ts'
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
const PAGE = Buffer.from('<page of operators>')
const LIVE: LiveState = {
  at: 1,
  nodes: {},
  channels: {},
  sources: {},
  notices: { 0: { text: 'line 3: not a number' } },
}

async function start(lists: Parameters<typeof createListAcceptor>[0]['lists']) {
  let builds = 0
  const given: AdminOrder[] = []
  const { sources } = parseSources('http://tv.example/')
  const queues = {
    requestBuild: async () => {
      builds += 1
    },
  }
  const reported: string[] = []
  const giveListOrder = createGiveOrder({
    calls: { ask: async () => ({ answers: [], isComplete: true }) },
    sources: () => sources,
    refresh: async () => {},
    accept: createListAcceptor({ sources: () => sources, lists, queues }),
    unblock: async () => {},
  })
  const app = createAdminApp({
    metrics: { text: async () => '', contentType: 'text/plain' },
    status: async () => STATUS,
    page: {
      find: (path) =>
        path === 'admin.html' ? { type: 'text/html', plain: PAGE, brotli: brotliCompressSync(PAGE) } : undefined,
    },
    logos: {
      catalog: { channel: async () => undefined },
      sources: () => sources,
      isOurs: async () => false,
      logoImages: {} as LogoImages,
    },
    feed: {
      async watch(watcher, lastId) {
        if (lastId === 7) watcher({ type: 'change', id: 8, change: { nodes: { a: null } } })
        else watcher({ type: 'all', id: 7, state: LIVE })
        return () => undefined
      },
      read: async () => LIVE,
    },
    giveOrder: async (order) => {
      given.push(order)
      if (order.order === 'stop') return { nodes: ['edge-2'] }
      return 'channel' in order ? { refused: 'not-in-play' } : giveListOrder(order)
    },
    onOrder: ({ order, outcome }) => reported.push(`${order.order} ${outcome}`),
    log: { newest: async () => [] },
    describeChannel: async () => undefined,
    ...MADE_UP_SET_UP,
    async *guideMatches() {
      yield* []
    },
    hostNames: ['tv-box.lan'],
    version: '1.2.3',
    logger: nullLogger,
  })
  server = createServer(app)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (id: string) => {
    const response = await fetch(`${base}/sources/${id}/accept`, { method: 'POST' })
    const { status, error } = (await response.json()) as { readonly status?: string; readonly error?: string }
    return `${response.status} ${status ?? error}`
  }
  return { base, post, id: sources[0]!.id, given, reported, builds: () => builds }
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

test('serves /status, /openapi.json and the files of every site', async () => {
  const { base } = await start({ accept: async () => 'accepted' })
  expect(statusAnswer.parse(await (await fetch(`${base}/status`)).json())).toEqual(STATUS)
  const description = (await (await fetch(`${base}/openapi.json`)).json()) as {
    readonly info: unknown
    readonly paths: object
  }
  expect(description.info).toMatchObject({ version: '1.2.3' })
  for (const path of ['/status', '/metrics', '/refresh', '/sources/{source}/accept', '/openapi.json'])
    expect(Object.keys(description.paths)).toContain(path)
  expect(await (await fetch(`${base}/robots.txt`)).text()).toBe('User-agent: *\nAllow: /$\nDisallow: /\n')
})

test("serves the operators' page, whose live data arrives as events or at once", async () => {
  const { base } = await start({ accept: async () => 'accepted' })
  const page = await fetch(base)
  expect(await page.text()).toBe(PAGE.toString())
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(liveState.parse(await (await fetch(`${base}/admin/live`)).json())).toEqual(LIVE)
  for (const [lastId, text] of [
    ['', `event: all\nid: 7\ndata: ${JSON.stringify(LIVE)}\n\n`],
    ['7', 'event: change\nid: 8\ndata: {"nodes":{"a":null}}\n\n'],
  ] as const) {
    const leaving = new AbortController()
    const headers = lastId === '' ? {} : { 'Last-Event-ID': lastId }
    const events = await fetch(`${base}/admin/events`, { headers, signal: leaving.signal })
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const { value } = await events.body!.getReader().read()
    expect(Buffer.from(value as Uint8Array).toString()).toBe(text)
    leaving.abort()
  }
})

test('a quarantined list is accepted, and a catalogue is built from it', async () => {
  const { post, id, reported, builds } = await start({ accept: async () => 'accepted' })
  expect(await post(id)).toBe('200 accepted')
  expect(builds()).toBe(1)
  expect(await post('nobody')).toBe('404 unknown-source')
  expect(builds()).toBe(1)
  expect(reported).toEqual(['accept-list done', 'accept-list unknown-source'])
})

test.each([
  ['nothing is put aside', async () => 'nothing-put-aside' as const, '409 nothing-put-aside'],
  ['Redis is away', () => Promise.reject(new Error('away')), '503 coordination-unavailable'],
])('%s: nothing is built', async (_, accept, expected) => {
  const { post, id, builds } = await start({ accept })
  expect(await post(id)).toBe(expected)
  expect(builds()).toBe(0)
})

describe('an order', () => {
  const send = (base: string, body: string, type = 'application/json') =>
    fetch(`${base}/admin/orders`, { method: 'POST', headers: { 'Content-Type': type }, body })

  test('is carried out, and its nodes are named; a refusal has its code', async () => {
    const { base, given } = await start({ accept: async () => 'accepted' })
    const done = await send(base, '{"order":"stop","channel":"news"}')
    expect([done.status, await done.json()]).toEqual([200, { status: 'done', nodes: ['edge-2'] }])
    const refused = await send(base, '{"order":"next-source","channel":"news"}')
    expect([refused.status, await refused.json()]).toMatchObject([404, { error: 'not-in-play' }])
    expect(given).toEqual([
      { order: 'stop', channel: 'news' },
      { order: 'next-source', channel: 'news' },
    ])
  })

  test.each([
    ['an unknown one', '{"order":"explode"}', 'application/json'],
    ['one with more than it needs', '{"order":"stop","channel":"news","force":true}', 'application/json'],
    ['one without a channel', '{"order":"stop"}', 'application/json'],
    ['a form, which any site could send', 'order=stop&channel=news', 'application/x-www-form-urlencoded'],
    ['JSON as plain text, which any site could send', '{"order":"stop","channel":"news"}', 'text/plain'],
    ['something else', '{{', 'application/json'],
  ])('%s is refused', async (_, body, type) => {
    const { base, given } = await start({ accept: async () => 'accepted' })
    expect((await send(base, body, type)).status).toBe(400)
    expect(given).toEqual([])
  })
})

test('users and settings are shown without secrets', async () => {
  const { base } = await start({ accept: async () => 'accepted' })
  const read = async (path: string) => (await fetch(base + path)).text()
  const users = await read('/admin/users?q=A')
  expect(adminUsers.parse(JSON.parse(users)).users.map(({ name }) => name)).toEqual(['anna'])
  const settings = await read('/admin/settings')
  const { settings: rows } = adminSettings.parse(JSON.parse(settings))
  expect(rows.find(({ name }) => name === 'PORT')).toMatchObject({ value: '80', default: '8080' })
  expect(rows.find(({ name }) => name === 'SOURCES')).toMatchObject({ value: null, isSet: true, isSecret: true })
  expect((await read('/admin/users')) + settings).not.toContain('CANARY')
})
