import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createGuideLists, createGuideStore, createGuideWriter } from '@kptv/catalog'
import { parseSources } from '@kptv/config'
import { formatTime, type WantedChannel, WantedIndex } from '@kptv/guide'
import { nullLogger as logger } from '@kptv/logging'
import { channelKey } from '@kptv/playlist'
import { connectRedis, createKeys, type Redis } from '@kptv/redis'
import { type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { createGuideFetcher } from '../guides/fetch-guide.ts'
import type { WantedChannels } from '../guides/wanted-channels.ts'
import { createBuildGuide } from './build-guide.ts'
import { createImportGuide } from './import-guide.ts'

const HOUR_MS = 3_600_000
const NOON_MS = Date.UTC(2026, 0, 1, 12)
const ID = { alpha: `0a${'0'.repeat(14)}`, beta: `0b${'0'.repeat(14)}` }
const ALPHA: WantedChannel = { id: ID.alpha, name: 'Alpha', guideIds: ['a.uk'] }
const BETA: WantedChannel = { id: ID.beta, name: 'Beta', guideIds: [] }

function wantedOf(digest: string, ...channels: readonly WantedChannel[]): WantedChannels {
  const index = new WantedIndex(channelKey)
  for (const channel of channels) index.add(channel)
  return { index, digest }
}

type Answer = { readonly status?: number; readonly body?: string | Buffer; readonly headers?: Record<string, string> }

let server: RedisForTests
let redis: Redis
beforeAll(async () => {
  server = await startRedisForTests()
  redis = await connectRedis({ url: server.url, role: 'commands', name: 'test', logger })
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})
beforeEach(() => redis.flushdb())

/** A guide with programmes of one hour each, from noon on. */
function guideOf(titles: Readonly<Record<string, readonly string[]>>, { firstMs = NOON_MS } = {}): string {
  const channels =
    '<channel id="a.uk"><display-name>A</display-name></channel><channel id="b"><display-name>BETA</display-name></channel>'
  const programmes = Object.entries(titles).flatMap(([channel, list]) =>
    list.map((title, hour) => {
      const [start, stop] = [hour, hour + 1].map((hours) => formatTime(firstMs + hours * HOUR_MS))
      return `<programme start="${start}" stop="${stop}" channel="${channel}"><title>${title}</title></programme>`
    }),
  )
  return `<?xml version="1.0"?><tv>${channels}${programmes.join('')}</tv>`
}

const many = (title: string) => Array.from({ length: 60 }, (_, index) => `${title} ${index}`)

/** Both handlers, and guides on a server whose answers can be changed. */
async function setUp(answers: Record<string, Answer>) {
  const requests: Array<{ readonly path: string; readonly condition: string | undefined }> = []
  const web = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push({ path, condition: request.headers['if-none-match'] })
    const { status = 200, body = '', headers = {} } = answers[path] ?? { status: 404 }
    const isKnown = headers.etag !== undefined && request.headers['if-none-match'] === headers.etag
    response.writeHead(isKnown ? 304 : status, headers).end(isKnown ? undefined : body)
  })
  await new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve))
  const { port } = web.address() as AddressInfo
  const { sources } = parseSources(`http://127.0.0.1:${port}/list.m3u|1`)
  const keys = createKeys(server.keyPrefix)
  const state = {
    nowMs: NOON_MS,
    wanted: wantedOf('one', ALPHA, BETA),
    zone: 0,
    builds: 0,
    pastDays: new Map<string, number>(),
  }
  const lists = createGuideLists({ redis, keys })
  const store = createGuideStore({ redis, keys })
  const guides = async () =>
    Object.keys(answers).map((path) => ({
      id: path.slice(1),
      name: path,
      url: `http://127.0.0.1:${port}${path}`,
      zone: state.zone,
      shiftMs: 0,
    }))
  const settings = { userAgent: 'test', reqOrigin: undefined, reqReferrer: undefined, healthCheckTimeoutMs: 5_000 }
  const reported: string[] = []
  const importer = createImportGuide({
    guides,
    wantedChannels: async () => state.wanted,
    isShown: () => () => true,
    lists,
    fetchGuide: createGuideFetcher({ settings, sources: () => sources, allowAddress: () => true } as never),
    jobs: {
      requestGuideBuild: async () => {
        state.builds += 1
      },
    },
    report: (facts) => reported.push(facts.type),
    logger,
    nowMs: () => state.nowMs,
  })
  const builder = createBuildGuide({
    guides,
    lists,
    store,
    writer: createGuideWriter({ redis, keys }),
    pastDays: async () => ({ of: (channelId) => state.pastDays.get(channelId) ?? 1, digest: `${[...state.pastDays]}` }),
    daysAhead: 7,
    logger,
    nowMs: () => state.nowMs,
  })
  const { signal } = new AbortController()
  return {
    answers,
    requests,
    reported,
    state,
    lists,
    importGuide: (id: string, stop: AbortSignal = signal) => importer.handle({ guideId: id }, { signal: stop }),
    build: () => builder.handle({}, { signal }),
    number: () => store.current(),
    titles: async (channelId: string) => {
      const [programmes = []] = await Array.fromAsync(store.programmes((await store.current()) ?? 0, [channelId]))
      return programmes.map(({ body }) => />(.*)</.exec(body)?.[1])
    },
    async [Symbol.asyncDispose]() {
      web.closeAllConnections()
      web.close()
    },
  }
}

test("programmes of the catalogue's channels are served, matched by id and by name", async () => {
  await using worker = await setUp({ '/g': { body: guideOf({ 'a.uk': ['A1', 'A2'], b: ['B1'], other: ['X'] }) } })
  await worker.importGuide('g')
  await worker.build()
  expect(await worker.titles(ID.alpha)).toEqual(['A1', 'A2'])
  expect(await worker.titles(ID.beta)).toEqual(['B1'])
  expect((await worker.lists.state('g')).facts).toMatchObject({
    programmes: 4,
    matchedProgrammes: 3,
    matched: { 'tvg-id': 1, name: 1 },
  })
})

test('events report a guide that was read, an alarm once, and its end', async () => {
  const good = { body: guideOf({ b: ['B1'] }) }
  await using worker = await setUp({ '/g': good })
  await worker.importGuide('g')
  worker.answers['/g'] = { status: 500 }
  for (let attempt = 0; attempt < 2; attempt += 1) await expect(worker.importGuide('g')).rejects.toThrow()
  worker.answers['/g'] = good
  await worker.importGuide('g')
  expect(worker.reported).toEqual(['guide-read', 'guide-alarm', 'guide-alarm-over', 'guide-read'])
})

test('reads gzip, in one member or several', async () => {
  const guide = Buffer.from(guideOf({ b: ['B1', 'B2'] }))
  const members = [guide.subarray(0, 100), guide.subarray(100, 101), guide.subarray(101)].map((part) => gzipSync(part))
  for (const body of [gzipSync(guide), Buffer.concat(members)]) {
    await using worker = await setUp({ '/g': { body } })
    await redis.flushdb()
    await worker.importGuide('g')
    await worker.build()
    expect(await worker.titles(ID.beta)).toEqual(['B1', 'B2'])
  }
})

test('the first guide wins, the second one fills its gaps', async () => {
  await using worker = await setUp({
    '/first': { body: guideOf({ b: ['first'] }) },
    '/second': { body: guideOf({ b: ['hidden', 'later'], 'a.uk': ['A1'] }) },
  })
  await worker.importGuide('first')
  await worker.importGuide('second')
  await worker.build()
  expect(await worker.titles(ID.beta)).toEqual(['first', 'later'])
  expect(await worker.titles(ID.alpha)).toEqual(['A1'])
})

test('the past is kept for a day, and for as long as a channel can be played back', async () => {
  const titles = Array.from({ length: 96 }, (_, hour) => `${hour}`)
  const body = guideOf({ b: titles, 'a.uk': titles }, { firstMs: NOON_MS - 95 * HOUR_MS })
  await using worker = await setUp({ '/g': { body } })
  await worker.importGuide('g')
  worker.state.pastDays.set(ID.alpha, 3)
  await worker.build()
  const shown = async () => [(await worker.titles(ID.alpha))[0], (await worker.titles(ID.beta))[0]]
  expect(await shown()).toEqual(['23', '71'])
  worker.state.pastDays.set(ID.beta, 2)
  await worker.build()
  expect(await shown()).toEqual(['23', '47'])
})

test('a guide whose channels come last is read twice and is complete', async () => {
  const programme = `<programme start="${formatTime(NOON_MS)}" channel="b"><title>B1</title></programme>`
  const body = `<tv>${programme}<channel id="b"><display-name>Beta</display-name></channel></tv>`
  await using worker = await setUp({ '/g': { body } })
  await worker.importGuide('g')
  await worker.build()
  expect(await worker.titles(ID.beta)).toEqual(['B1'])
  expect(worker.requests).toHaveLength(2)
})

test('an unchanged guide is not read again, unless the catalogue needs other channels of it', async () => {
  await using worker = await setUp({ '/g': { body: guideOf({ 'a.uk': ['A1'], b: ['B1'] }), headers: { etag: '"7"' } } })
  await worker.importGuide('g')
  await worker.importGuide('g')
  expect(worker.requests.map(({ condition }) => condition)).toEqual([undefined, '"7"'])
  worker.state.wanted = wantedOf('other', ALPHA)
  await worker.importGuide('g')
  expect(worker.requests.at(-1)?.condition).toBeUndefined()
  await worker.build()
  expect(await worker.titles(ID.beta)).toEqual([])
  expect(worker.state.builds).toBe(3)
})

test('an unchanged guide is read again when the operator redefines its times', async () => {
  await using worker = await setUp({ '/g': { body: guideOf({ b: ['B1'] }), headers: { etag: '"7"' } } })
  await worker.importGuide('g')
  worker.state.zone = 60
  await worker.importGuide('g')
  expect(worker.requests.map(({ condition }) => condition)).toEqual([undefined, undefined])
})

describe('a bad guide changes nothing and raises an alarm, which the next good one ends', () => {
  const good = guideOf({ b: many('good') })
  test.each<[string, Answer, string]>([
    ['empty', { body: '' }, 'guide-not-xmltv'],
    ['HTML', { body: '<html><body>Sign in</body></html>' }, 'guide-not-xmltv'],
    ['without programmes', { body: guideOf({}) }, 'guide-empty'],
    ['a tenth', { body: guideOf({ b: many('x').slice(0, 6) }) }, 'guide-older'],
    ['cut off', { body: good.slice(0, -100) }, 'guide-cut-off'],
    ['all past', { body: guideOf({ b: many('past') }, { firstMs: NOON_MS - 90 * HOUR_MS }) }, 'guide-all-past'],
    ['gone', { status: 404 }, 'not-found'],
    ['a failing server', { status: 500 }, 'provider-error'],
    ['damaged gzip', { body: gzipSync(good).subarray(0, 60) }, 'cut-off'],
    ['gzip cut in its middle', { body: gzipSync(good).subarray(0, -30) }, 'cut-off'],
    ['a zip file', { body: Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.from(good)]) }, 'guide-is-zip'],
    ['damaged xz', { body: Buffer.from('fd377a585a00000000', 'hex') }, 'xz-damaged'],
  ])('%s', async (_, bad, reason) => {
    await using worker = await setUp({ '/g': { body: good } })
    await worker.importGuide('g')
    await worker.build()
    const number = await worker.number()
    worker.answers['/g'] = bad
    await expect(worker.importGuide('g')).rejects.toThrow()
    await worker.build()
    expect(await worker.number()).toBe(number)
    expect((await worker.titles(ID.beta)).at(0)).toBe('good 0')
    const failed = await worker.lists.state('g')
    expect(failed).toMatchObject({ state: 'failed' })
    expect(failed.alarm?.code).toBe(reason)
    expect(failed.alarm?.message).toContain('guide')

    worker.answers['/g'] = { body: guideOf({ b: many('next') }) }
    await worker.importGuide('g')
    await worker.build()
    expect((await worker.lists.state('g')).alarm).toBeUndefined()
    expect((await worker.titles(ID.beta)).at(0)).toBe('next 0')
  })
})

test('the same guides are not built twice; the window moves with time', async () => {
  await using worker = await setUp({ '/g': { body: guideOf({ b: many('B') }) } })
  await worker.importGuide('g')
  await worker.build()
  const number = await worker.number()
  await worker.build()
  expect(await worker.number()).toBe(number)
  worker.state.nowMs += 48 * HOUR_MS
  await worker.build()
  expect((await worker.titles(ID.beta)).at(0)).toBe('B 24')
})

test('a worker stopped in mid-import leaves the guide as it was, without an alarm', async () => {
  await using worker = await setUp({ '/g': { body: guideOf({ b: many('good') }) } })
  await worker.importGuide('g')
  await worker.build()
  const before = await worker.lists.state('g')
  const stop = new AbortController()
  stop.abort()
  await expect(worker.importGuide('g', stop.signal)).rejects.toThrow()
  expect(await worker.lists.state('g')).toMatchObject({ goodVersion: before.goodVersion })
  expect((await worker.lists.state('g')).alarm).toBeUndefined()
  expect((await worker.titles(ID.beta)).at(0)).toBe('good 0')
})
