import { expect, test } from '@jest/globals'
import { parseSources, type Source } from '@kptv/config'
import { UpstreamError } from '@kptv/upstream'
import { createBoundedQueue, QueueFullError } from '../../rendered/bounded-queue.ts'
import { createLogoImages } from './logo-images.ts'
import { placeholderLogo } from './placeholder-logo.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const source = parseSources('http://tv.example/').sources[0] as Source
const address = (url: string) => ({ url, source })
const image = placeholderLogo('A')

/** A web of logos that counts requests, and a store like the one in Redis. */
function setUp(answer: (url: string) => Buffer | Promise<Buffer> = () => image) {
  const state = { nowMs: 1_000 * DAY_MS, requests: [] as string[], isRedisAway: false }
  const kept = new Map<string, Buffer>()
  const store = {
    async read(name: string) {
      if (state.isRedisAway) throw new Error('Redis is away')
      return kept.get(name)
    },
    async keep(name: string, bytes: Buffer) {
      if (state.isRedisAway) throw new Error('Redis is away')
      kept.set(name, bytes)
    },
  }
  const create = (
    options: { readonly concurrency: number; readonly maxPending: number } = { concurrency: 2, maxPending: 10 },
  ) =>
    createLogoImages({
      store,
      async fetchLogo({ url }) {
        state.requests.push(url)
        return answer(url)
      },
      nowMs: () => state.nowMs,
      queue: createBoundedQueue(options),
    })
  return { state, kept, create }
}

const failure = (code: 'not-found' | 'connect-timeout', failureClass: UpstreamError['failureClass']) =>
  new UpstreamError({ code, class: failureClass }, { url: 'http://l.example/' })

test('200 simultaneous requests cost one fetch, and later ones none, on any node', async () => {
  const { state, create } = setUp()
  const logos = create()
  const all = await Promise.all(Array.from({ length: 200 }, () => logos.find('s', address('http://l.example/a'))))
  expect(new Set(all.map((found) => found?.etag)).size).toBe(1)
  expect(all[0]).toMatchObject({ type: 'image/svg+xml', bytes: image })
  await logos.find('s', address('http://l.example/a'))
  await create().find('s', address('http://l.example/a'))
  expect(state.requests).toEqual(['http://l.example/a'])
})

test('is fetched again after a week, and the old one is served if that fails', async () => {
  let isGone = false
  const { state, create } = setUp(() => {
    if (isGone) throw failure('not-found', 'gone')
    return image
  })
  await create().find('s', address('http://l.example/a'))
  isGone = true
  state.nowMs += 7 * DAY_MS
  expect((await create().find('s', address('http://l.example/a')))?.bytes).toEqual(image)
  expect(state.requests).toHaveLength(2)
})

test.each([
  ['a page', () => Buffer.from('<html><svg/></html>')],
  ['a script', () => Buffer.from('<svg><script>alert(1)</script></svg>')],
  ['nothing', () => Buffer.alloc(0)],
  [
    'a refusal',
    () => {
      throw failure('not-found', 'gone')
    },
  ],
])('%s is not an image, is not kept, and is not requested again for ten minutes', async (_, answer) => {
  const { state, kept, create } = setUp(answer)
  const logos = create()
  expect(await logos.find('s', address('http://l.example/a'))).toBeUndefined()
  state.nowMs += 9 * MINUTE_MS
  expect(await logos.find('s', address('http://l.example/a'))).toBeUndefined()
  expect([state.requests.length, kept.size]).toEqual([1, 0])
  state.nowMs += 2 * MINUTE_MS
  await logos.find('s', address('http://l.example/a'))
  expect(state.requests).toHaveLength(2)
})

test('a host that does not answer is left alone for a minute; other hosts are not', async () => {
  const { state, create } = setUp((url) => {
    if (url.includes('dead')) throw failure('connect-timeout', 'unreached')
    return image
  })
  const logos = create()
  await logos.find('1', address('http://dead.example/1'))
  await logos.find('2', address('http://dead.example/2'))
  expect(await logos.find('3', address('http://l.example/3'))).toBeDefined()
  expect(state.requests).toEqual(['http://dead.example/1', 'http://l.example/3'])
  state.nowMs += 2 * MINUTE_MS
  await logos.find('2', address('http://dead.example/2'))
  expect(state.requests).toHaveLength(3)
})

test('foreign bytes in Redis are not shown, and logos are fetched while Redis is away', async () => {
  const { state, kept, create } = setUp()
  await create().find('s', address('http://l.example/a'))
  for (const name of kept.keys()) kept.set(name, Buffer.from('<html>'))
  expect((await create().find('s', address('http://l.example/a')))?.bytes).toEqual(image)
  state.isRedisAway = true
  expect((await create().find('s', address('http://l.example/a')))?.bytes).toEqual(image)
  expect(state.requests).toHaveLength(3)
})

test('a flood of different logos is bounded', async () => {
  const { promise: held, resolve } = Promise.withResolvers<Buffer>()
  const { state, create } = setUp(() => held)
  const logos = create({ concurrency: 1, maxPending: 3 })
  const all = Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => logos.find(`s${index}`, address('http://l.example/a'))),
  )
  await new Promise((done) => setImmediate(done))
  resolve(image)
  const refused = (await all).filter((one) => one.status === 'rejected')
  expect(refused.every(({ reason }) => reason instanceof QueueFullError)).toBe(true)
  expect([refused.length, state.requests.length]).toEqual([97, 3])
})
