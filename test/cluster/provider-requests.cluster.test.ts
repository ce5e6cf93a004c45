import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

/** Something inside the network, which nobody may be made to talk to. */
const canary = createServer((_request, response) => response.end('inside'))
let canaryConnections = 0
canary.on('connection', () => {
  canaryConnections += 1
})

/**
 * Also inside, but in what ALLOW_PRIVATE names. Only Linux has this address without configuration.
 */
const ALLOWED_ADDRESS = '127.0.0.2'
const hasAllowed = process.platform === 'linux'
const allowed = createServer((_request, response) => response.end('<!doctype html><p>inside'))
let allowedRequests = 0
allowed.on('request', () => {
  allowedRequests += 1
})

let provider: FakeProvider
let cluster: Cluster
let ids: Map<string, string>

/** The source's own host is always allowed, so it has another name here than what lies inside. */
const named = (address: string): string => address.replace('127.0.0.1', 'localhost')
const stream = (id: string): string => named(provider.streamUrl(id))
const entry = (name: string, lines: readonly string[]): string => [`#EXTINF:-1,${name}`, ...lines].join('\n')

beforeAll(async () => {
  canary.listen(0, '127.0.0.1')
  await once(canary, 'listening')
  allowed.listen(0, hasAllowed ? ALLOWED_ADDRESS : '127.0.0.1')
  await once(allowed, 'listening')
  const inside = (canary.address() as AddressInfo).port
  provider = await startFakeProviderThread({
    entries: Array.from({ length: 6 }, (_, index) => ({ streamId: `${index + 1}`, name: `Channel ${index + 1}` })),
  })
  const list = [
    '#EXTM3U',
    entry('Plain', [stream('1')]),
    entry('Vlc', ['#EXTVLCOPT:http-user-agent=Of VLC', '#EXTVLCOPT:http-referrer=http://vlc.example/', stream('2')]),
    entry('Kodi', [
      '#KODIPROP:inputstream.adaptive.stream_headers=User-Agent=Of%20Kodi&Referer=http%3A%2F%2Fkodi.example%2F',
      stream('3'),
    ]),
    entry('Http', ['#EXTHTTP:{"User-Agent":"Of EXTHTTP","Cookie":"c=1"}', stream('4')]),
    entry('Bar', [`${stream('5')}|User-Agent=Of%20bar&Origin=http://bar.example`]),
    entry('Hostile', [
      '#EXTHTTP:{"Host":"inside.lan","Content-Length":"5","Transfer-Encoding":"chunked","Connection":"upgrade"}',
      `${stream('6')}|User-Agent=a%0d%0aX-Injected:%20b&Range=bytes=0-1&Accept-Encoding=gzip`,
    ]),
    entry('Inside', [`http://127.0.0.1:${inside}/latest/meta-data`]),
    entry('Inside by number', [`http://2130706433:${inside}/`]),
    entry('Inside and allowed', [`http://${ALLOWED_ADDRESS}:${(allowed.address() as AddressInfo).port}/`]),
    entry('Inside mapped', [`http://[::ffff:127.0.0.1]:${inside}/`]),
  ]
  provider.setPlaylist({ body: list.join('\n') })
  const sources = `${named(provider.playlistUrl())}|1`
  cluster = await startCluster({
    sources,
    settings: { USER_AGENT: 'Of the settings', ALLOW_PRIVATE: `${ALLOWED_ADDRESS}/32` },
  })
  ids = await cluster.channelIds()
}, 240_000)

afterEach(async () => {
  leaveAll()
  provider.clearFaults()
  // Slots go when edges have hung up, which the provider may hear a moment later.
  await eventually('nothing is open', async () => {
    return provider.truth().openStreams === 0 && (await cluster.slotCount()) === 0
  })
  provider.resetTruth()
}, 90_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
  canary.close()
  allowed.close()
}, 90_000)

const urlOf = (name: string): string => `${cluster.edge.url}/stream/${ids.get(name)}`

/** What the provider was sent for a channel, beside what every request has. */
async function fieldsFor(name: string): Promise<Record<string, unknown>> {
  const viewer = await watch(urlOf(name))
  expect(viewer.status).toBe(200)
  const request = provider.truth().requests.find(({ kind }) => kind === 'stream')
  const { host, connection, ...fields } = request!.headers
  expect([host, connection]).toEqual([new URL(named(provider.url)).host, 'close'])
  return fields
}

describe('header fields of a stream, as its provider gets them', () => {
  test('contain only the agent: nothing that distinguishes a program from a player', async () => {
    expect(await fieldsFor('Plain')).toEqual({ 'user-agent': 'Of the settings' })
  })

  test.each([
    ['Vlc', { 'user-agent': 'Of VLC', referer: 'http://vlc.example/' }],
    ['Kodi', { 'user-agent': 'Of Kodi', referer: 'http://kodi.example/' }],
    ['Http', { 'user-agent': 'Of EXTHTTP', cookie: 'c=1' }],
    ['Bar', { 'user-agent': 'Of bar', origin: 'http://bar.example' }],
  ])('contain those of the entry: %s', async (name, fields) => {
    expect(await fieldsFor(name)).toEqual(fields)
  })

  test('contain nothing that frames a message, breaks a line, or requests another answer', async () => {
    const sent = await fieldsFor('Hostile')
    expect(Object.keys(sent)).toEqual(['user-agent'])
    expect(sent['user-agent']).not.toMatch(/[\r\n]/)
  })
})

test('U06: no field of its answer reaches a viewer', async () => {
  const { headers } = await watch(urlOf('Plain'))

  expect(Object.keys(headers).filter((name) => ['set-cookie', 'x-provider', 'etag', 'server'].includes(name))).toEqual(
    [],
  )
  expect([headers['content-type'], headers['cache-control']]).toEqual(['video/mp2t', 'no-store'])
})

test('a chain of redirects with a token: one connection at a time, restarted at the address of the list', async () => {
  provider.setFaults({ redirect: { hops: 4, tokenLifetimeMs: 1_500 } })
  const viewer = await watch(urlOf('Plain'))
  await eventually('it plays', () => viewer.report().keyFrames >= 3)
  // The token is dead by now: only the address of the list leads back.
  await sleep(1_500)
  provider.cut('end')
  await eventually('it plays on', () => viewer.report().keyFrames >= 8)
  expect(viewer.report().problems).toEqual([])
  expect(provider.truth().highWaterMark).toBe(1)
  expect(provider.truth().requests.filter(({ kind }) => kind === 'stream')).toHaveLength(2)
}, 240_000)

test.each(['Inside', 'Inside by number', 'Inside mapped'])(
  'an address inside our network is not requested: %s',
  async (name) => {
    expect((await fetch(urlOf(name), { signal: AbortSignal.timeout(30_000) })).status).toBe(502)
    expect(canaryConnections).toBe(0)
  },
)

;(hasAllowed ? test : test.skip)(
  'an address that ALLOW_PRIVATE names is requested, and judged by its answer',
  async () => {
    expect((await fetch(urlOf('Inside and allowed'), { signal: AbortSignal.timeout(30_000) })).status).toBe(502)
    expect(allowedRequests).toBe(1)
  },
)
