import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { type ChannelView, isWhole, keyOfView } from './channel-view.ts'
import { sendText } from './compressed-text.ts'
import { createRenderedCache, type RenderedCacheOptions, type RenderedText } from './rendered-cache.ts'
import { splitCache } from './split-cache.ts'

/** A catalogue with settable generation and answer, which counts reads. */
function catalog() {
  const state = {
    generation: 1 as number | undefined,
    monotonicMs: 0,
    away: false,
    renderings: 0,
    atOnce: 0,
    maxAtOnce: 0,
  }
  const options = (keepMs: number): RenderedCacheOptions<ChannelView> => ({
    async currentGeneration() {
      if (state.away) throw new Error('Redis is away')
      return state.generation
    },
    async *render(generation, { base }) {
      state.renderings += 1
      state.atOnce += 1
      state.maxAtOnce = Math.max(state.maxAtOnce, state.atOnce)
      yield `#EXTM3U\n`
      state.atOnce -= 1
      if (state.away) throw new Error('Redis is away')
      yield `generation ${generation} at ${base}\n`
    },
    keyOf: keyOfView,
    keepMs,
    monotonicMs: () => state.monotonicMs,
  })
  const cache = (keepMs: number, more: Partial<RenderedCacheOptions<ChannelView>> = {}) => {
    const playlists = createRenderedCache({ ...options(keepMs), ...more })
    const get = async (view: ChannelView) => (await playlists.find(view))?.open()
    /** When it is whole, and the cache has taken note of it. */
    const getWhole = async (view: ChannelView) => {
      const rendered = await get(view)
      await rendered?.text.whole
      await nextTurn()
      return rendered
    }
    return { ...playlists, get, getWhole }
  }
  return { state, cache }
}

const MINUTE = 60_000
const A = { base: 'http://a' }
const B = { base: 'http://b' }

async function read(playlist: RenderedText | undefined, as: 'gzip' | 'plain' = 'plain'): Promise<Buffer> {
  const target = new PassThrough()
  void sendText(playlist!.text, target, as)
  return Buffer.concat(await target.toArray())
}

test('200 simultaneous requests cost one rendering', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const answers = await Promise.all(Array.from({ length: 200 }, () => playlists.get(A)))
  expect(state.renderings).toBe(1)
  expect(new Set(answers).size).toBe(1)
})

test('different playlists are rendered in turn, and no more than 16 may wait', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const asked = Array.from({ length: 20 }, (_, index) => playlists.get({ base: `http://${index}` }))
  const answers = await Promise.allSettled(asked)
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(16)
  expect(answers.at(-1)).toMatchObject({ reason: { code: 'QUEUE_FULL' } })
  expect(state.maxAtOnce).toBe(1)
  expect(await playlists.get({ base: 'http://19' })).toBeDefined()
})

test('plain and compressed bytes are the same playlist, with the stated lengths', async () => {
  const answer = await catalog().cache(MINUTE).get(A)
  const [plain, compressed] = [await read(answer), await read(answer, 'gzip')]
  expect(plain.toString()).toBe('#EXTM3U\ngeneration 1 at http://a\n')
  expect(gunzipSync(compressed)).toEqual(plain)
  expect(answer?.text.size).toEqual({ plain: plain.length, gzip: compressed.length })
})

test('each view has its own playlist and tag', async () => {
  const playlists = catalog().cache(MINUTE)
  const views = [A, B, { ...A, group: 'x' }, { ...A, text: 'x' }, { ...A, sourceId: 'x' }]
  const answers = await Promise.all(views.map((view) => playlists.get(view)))
  expect(new Set(answers.map((answer) => answer?.etag)).size).toBe(views.length)
})

test('the tag is known before anything is rendered, and is the same on every node', async () => {
  const { state, cache } = catalog()
  const offer = await cache(MINUTE).find(A)
  expect(state.renderings).toBe(0)
  expect((await cache(MINUTE).get(A))?.etag).toBe(offer?.etag)
})

test('a new generation is rendered on the next request, an unchanged one is not', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const first = await playlists.get(A)
  state.monotonicMs += 2 * MINUTE
  expect((await playlists.get(A))?.etag).toBe(first?.etag)
  expect(state.renderings).toBe(1)
  state.generation = 2
  playlists.expire()
  const second = await playlists.get(A)
  expect(second?.etag).toMatch(/^"2-/)
  expect(second?.etag).not.toBe(first?.etag)
})

test('with a duration of 0 every request is rendered, simultaneous ones together', async () => {
  const { state, cache } = catalog()
  const playlists = cache(0)
  await playlists.getWhole(A)
  await playlists.getWhole(A)
  expect(state.renderings).toBe(2)
  await Promise.all([playlists.get(A), playlists.get(A)])
  expect(state.renderings).toBe(3)
})

test('while Redis is away cached texts are served; others are an error', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const first = await playlists.get(A)
  state.away = true
  playlists.expire()
  expect((await playlists.get(A))?.etag).toBe(first?.etag)
  await expect(playlists.get(B)).rejects.toThrow('Redis is away')
  state.away = false
  expect((await read(await playlists.get(B))).toString()).toContain('http://b')
})

test('when a rendering fails, all waiting requests get the previous playlist', async () => {
  const { state, cache } = catalog()
  let isBroken = false
  const render = async function* () {
    if (isBroken) throw new Error('expired')
    yield 'text'
  }
  const playlists = cache(MINUTE, { render })
  const first = await playlists.get(A)
  state.generation = 2
  playlists.expire()
  isBroken = true
  expect(await Promise.all([playlists.get(A), playlists.get(A)])).toEqual([first, first])
  isBroken = false
  playlists.expire()
  expect((await playlists.get(A))?.etag).toMatch(/^"2-/)
})

/** Longer than one compressed chunk, so that it can be read before the end of it is rendered. */
const long = () => randomBytes(256 * 1024).toString('hex')

test('a text can be read while it is rendered, by everyone who requests it, and is rendered once', async () => {
  const end = Promise.withResolvers<void>()
  let renderings = 0
  async function* render() {
    renderings += 1
    yield long()
    await end.promise
    yield 'the end'
  }
  const playlists = catalog().cache(MINUTE, { render })
  const first = await playlists.get(A)
  expect(first?.text.size).toBeUndefined()
  const second = playlists.get(A)
  const readers = [read(first), read(await second)]
  end.resolve()
  const texts = (await Promise.all(readers)).map(String)
  expect(texts[0]).toMatch(/^[0-9a-f]{1000,}the end$/)
  expect(texts[1]).toBe(texts[0])
  expect(renderings).toBe(1)
})

test('readers of a text that fails midway are cut off; the next request renders it again', async () => {
  const { state, cache } = catalog()
  let isBroken = false
  async function* render() {
    yield long()
    if (isBroken) throw new Error('expired')
  }
  const playlists = cache(MINUTE, { render })
  const first = await playlists.get(A)
  await first?.text.whole
  state.generation = 2
  playlists.expire()
  isBroken = true
  const second = await playlists.get(A)
  expect(second?.etag).toMatch(/^"2-/)
  await expect(read(second)).rejects.toThrow()
  isBroken = false
  const third = await playlists.get(A)
  expect(third?.etag).toMatch(/^"2-/)
  expect((await read(third)).length).toBe(512 * 1024)
})

test('memory is bounded in bytes; the newest playlist always stays', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE, { maxBytes: 100 })
  await playlists.getWhole(A)
  await playlists.getWhole(B)
  expect(state.renderings).toBe(2)
  await playlists.getWhole(B)
  expect(state.renderings).toBe(2)
  await playlists.getWhole(A)
  expect(state.renderings).toBe(3)
})

test('there is no playlist before the first import', async () => {
  const { state, cache } = catalog()
  state.generation = undefined
  expect(await cache(MINUTE).get(A)).toBeUndefined()
})

test('a playlist in use outlives 200 others', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  await playlists.get(A)
  for (let index = 0; index < 200; index += 1) {
    await playlists.get({ base: `http://${index}` })
    await playlists.get(A)
  }
  expect(state.renderings).toBe(201)
})

test('a flood of searches neither evicts the whole playlist nor delays it', async () => {
  const { state, cache } = catalog()
  const playlists = splitCache<ChannelView>(isWhole, cache(MINUTE), cache(MINUTE))
  const get = async (view: ChannelView) => (await playlists.find(view))?.open()
  await get(A)
  const flood = Promise.allSettled(Array.from({ length: 500 }, (_, index) => get({ ...A, text: `${index}` })))
  expect(await get(B)).toBeDefined()
  await flood
  const before = state.renderings
  await get(A)
  expect(state.renderings).toBe(before)
})

test('counts hits and misses, and requests that share a rendering as hits', async () => {
  const uses: string[] = []
  const playlists = catalog().cache(MINUTE, { onUse: (use) => uses.push(use) })
  await Promise.all([playlists.get(A), playlists.get(A)])
  await playlists.get(A)
  expect(uses).toEqual(['miss', 'hit', 'hit'])
})
