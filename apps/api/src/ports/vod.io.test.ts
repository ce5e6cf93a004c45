import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { parseSources } from '@kptv/config'
import { eventually, type FakeProvider, fileBytes, startFakeProvider } from '@kptv/testkit'
import { createLimitedPlayers } from '../../test-support/limited-players.ts'
import { loopbackStreams } from '../../test-support/loopback-streams.ts'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'

jest.setTimeout(120_000)

/** More than sockets hold back. */
const SIZE = 16 * 1024 * 1024
const VOD = '/stream/0123456789abcdef.mkv'
const ETAG = `"${SIZE}"`

let near: FakeProvider
let far: FakeProvider
let port: PublicPort
const { players, taken, given } = createLimitedPlayers()
const watched: string[] = []
let refusal: 'user-limit' | undefined

beforeAll(async () => {
  const entries = [
    { streamId: '201', name: 'Heat', kind: 'movie', extension: 'mkv', media: { kind: 'bytes', sizeBytes: SIZE } },
  ] as const
  ;[near, far] = await Promise.all([startFakeProvider({ entries }), startFakeProvider({ entries })])
  const { sources } = parseSources(`${near.playlistUrl()}|1,${far.playlistUrl()}|1`)
  const stream = ({ url }: FakeProvider, index: number) => ({
    id: `stream-${index}`,
    sourceId: sources[index]!.id,
    url: `${url}/movie/user/pass/201.mkv`,
    headers: [],
  })
  const channel: CatalogChannel = {
    id: '0123456789abcdef',
    name: 'Heat',
    attributes: [],
    streams: [stream(near, 0), stream(far, 1)],
  }
  port = await startPublicPort({
    lookup: {
      find: async (text) =>
        text === channel.id ? { channelId: text, record: channel } : { refused: 'unknown-channel' },
      openSession: async () => ({ refused: 'internal-error' }),
    },
    numbers: { numbersOf: async (things) => things.map(() => 7), thingOf: async () => `channel:${channel.id}` },
    sources: () => sources,
    players,
    // Only channels get so far.
    hls: {} as never,
    watching: {
      begin: async (_caller, channelId) => {
        if (refusal !== undefined) return { refused: refusal }
        watched.push(channelId)
        return { stopped: () => void watched.splice(0, 1) }
      },
      admitPlayer: async () => undefined,
      count: async () => 0,
    },
    playable: loopbackStreams(sources),
  })
})
beforeEach(() => {
  refusal = undefined
  for (const provider of [near, far]) {
    provider.clearFaults()
    provider.resetTruth()
  }
})
afterEach(() => players.stopAll())
afterAll(async () => {
  await port[Symbol.asyncDispose]()
  await Promise.all([near.stop(), far.stop()])
})

const get = (headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(port.base + VOD, { headers, ...(signal === undefined ? {} : { signal }) })
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const openAt = (provider: FakeProvider) => provider.truth().openStreams

describe('a VOD', () => {
  test('is passed through byte by byte, with type and length, and nothing else of the provider', async () => {
    const response = await get()
    expect(response.status).toBe(200)
    expect(hashOf(await response.bytes())).toBe(hashOf(fileBytes(0, SIZE)))
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/x-matroska',
      'content-length': String(SIZE),
      'accept-ranges': 'bytes',
      etag: ETAG,
    })
    expect(response.headers.has('set-cookie')).toBe(false)
  })

  test.each([
    ['bytes=1000-1999', 206, 1000, 2000],
    ['bytes=16777200-', 206, 16_777_200, SIZE],
    ['bytes=-100', 206, SIZE - 100, SIZE],
    ['bytes=0-0', 206, 0, 1],
    ['bytes=0-1,5-6', 200, 0, SIZE],
    ['elephants=1-2', 200, 0, SIZE],
  ])('%s', async (range, status, from, to) => {
    const response = await get({ Range: range })
    expect(response.status).toBe(status)
    expect(hashOf(await response.bytes())).toBe(hashOf(fileBytes(from, to)))
    expect(response.headers.get('content-range')).toBe(status === 206 ? `bytes ${from}-${to - 1}/${SIZE}` : null)
  })

  test('a range past its end is 416 and reveals the length', async () => {
    const response = await get({ Range: `bytes=${SIZE}-` })
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${SIZE}`])
  })

  test('If-Range matches only the same file', async () => {
    const range = { Range: 'bytes=5-9' }
    expect((await get({ ...range, 'If-Range': ETAG })).status).toBe(206)
    expect((await get({ ...range, 'If-Range': '"other"' })).status).toBe(200)
  })

  test('HEAD says what GET would, and costs no connection once that is known', async () => {
    const head = () => fetch(port.base + VOD, { method: 'HEAD' })
    const first = await head()
    expect([first.status, first.headers.get('content-length')]).toEqual([200, String(SIZE)])
    near.resetTruth()
    expect((await head()).headers.get('content-type')).toBe('video/x-matroska')
    expect(near.truth().attempts).toEqual([])
  })

  test.each(['/movie/anna/password/7.mkv', '/series/anna/password/7.mp4', '/stream/0123456789abcdef'])(
    'is also at %s',
    async (path) => {
      const response = await fetch(port.base + path, { headers: { Range: 'bytes=7-8' } })
      expect([response.status, (await response.bytes()).length]).toEqual([206, 2])
    },
  )

  test('is a file even for apps that request everything as HLS', async () => {
    const redirected = await fetch(`${port.base}/stream/0123456789abcdef.m3u8`, { redirect: 'manual' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([302, '0123456789abcdef.mkv'])
    const response = await fetch(`${port.base}/movie/anna/password/7.m3u8`, { headers: { Range: 'bytes=7-8' } })
    expect([response.status, (await response.bytes()).length]).toEqual([206, 2])
  })

  test('redirects are followed but never shown', async () => {
    near.setFaults({ redirect: { hops: 2 } })
    const response = await fetch(port.base + VOD, { redirect: 'manual', headers: { Range: 'bytes=7-8' } })
    expect([response.status, response.headers.get('location')]).toEqual([206, null])
    await response.bytes()
  })
})

describe('failures', () => {
  test('at the start make the next source play', async () => {
    near.setFaults({ status: { code: 404 } })
    expect((await (await get()).bytes()).length).toBe(SIZE)
    expect(far.truth().attempts).toHaveLength(1)
  })

  test('do not move a continuing player to another file', async () => {
    await (await get({ Range: 'bytes=0-99' })).bytes()
    near.setFaults({ status: { code: 500 } })
    const response = await get({ Range: 'bytes=100-199' })
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ error: 'streams-failing' }),
    ])
    expect(far.truth().attempts).toEqual([])
    near.clearFaults()
    expect((await get({ Range: 'bytes=100-199' })).status).toBe(206)
  })

  test.each([
    [404, 502, 'no-playable-stream'],
    [500, 503, 'streams-failing'],
  ])('%d from all sources is %d %s', async (code, status, error) => {
    near.setFaults({ status: { code } })
    far.setFaults({ status: { code } })
    const response = await get()
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ error })])
    expect(taken()).toEqual([])
  })

  test('a page in place of a file is not a file', async () => {
    near.setFaults({ status: { code: 200, body: '<html>limit reached</html>', contentType: 'text/html' } })
    expect((await get({ Range: 'bytes=0-8' })).status).toBe(206)
    expect(far.truth().attempts).toHaveLength(1)
  })

  test('a user at its limit gets no connection', async () => {
    refusal = 'user-limit'
    expect((await get()).status).toBe(429)
    expect(near.truth().attempts).toEqual([])
  })
})

describe('the slot of a player', () => {
  test('is held across 50 seeks: the provider never sees two connections, and bytes are exact', async () => {
    const before = given()
    for (let seek = 0; seek < 50; seek++) {
      const from = (seek * 7_654_321) % (SIZE - 10_000)
      // Some players open the next connection before they close the last one.
      const leaving = new AbortController()
      const response = await get({ Range: `bytes=${from}-` }, leaving.signal)
      const { value = Buffer.of() } = await response.body!.getReader().read()
      expect(hashOf(value)).toBe(hashOf(fileBytes(from, from + value.length)))
      if (seek % 2 === 0) leaving.abort()
      else setImmediate(() => leaving.abort())
    }
    const { violations, highWaterMark } = near.truth()
    expect({ violations, highWaterMark, slots: given() - before }).toEqual({
      violations: [],
      highWaterMark: 1,
      slots: 1,
    })
    expect(far.truth().attempts).toEqual([])
  })

  test('of many simultaneous requests, the last one plays', async () => {
    const requests = Array.from({ length: 10 }, (_, at) => get({ Range: `bytes=${at}-` }).then((it) => it.bytes()))
    const outcomes = await Promise.allSettled(requests)
    const [last] = outcomes.filter(({ status }) => status === 'fulfilled').slice(-1)
    expect(last).toBeDefined()
    expect(near.truth()).toMatchObject({ violations: [], highWaterMark: 1 })
  })

  test('is held by a slow reader as long as it reads', async () => {
    const leaving = new AbortController()
    const response = await get({}, leaving.signal)
    const reader = response.body!.getReader()
    let read = 0
    for (let piece = 0; piece < 20; piece++) {
      const { value = Buffer.of() } = await reader.read()
      expect(hashOf(value)).toBe(hashOf(fileBytes(read, read + value.length)))
      read += value.length
      await sleep(5)
    }
    expect([openAt(near), taken().length]).toEqual([1, 1])
    leaving.abort()
    await eventually('the connection is closed', async () => openAt(near) === 0)
  })

  test('a client that leaves frees the connection at once, and the slot for the next one', async () => {
    near.setAccounts([{ user: 'user', password: 'pass', limit: 1 }])
    far.setFaults({ status: { code: 404 } })
    const leaving = new AbortController()
    const first = await get({ 'User-Agent': 'A' }, leaving.signal)
    await first.body!.getReader().read()
    const second = get({ 'User-Agent': 'B', Range: 'bytes=0-9' })
    await eventually('the second player waits', async () => far.truth().attempts.length > 0)
    leaving.abort()
    expect((await (await second).bytes()).length).toBe(10)
    expect(near.truth()).toMatchObject({ violations: [], highWaterMark: 1 })
    await eventually('nobody is counted any more', async () => watched.length === 0)
  })

  test('leaves nothing behind when the node stops', async () => {
    const response = await get()
    await response.body!.getReader().read()
    await players.stopAll()
    expect(taken()).toEqual([])
    await eventually('the connection is closed', async () => openAt(near) === 0)
  })
})
