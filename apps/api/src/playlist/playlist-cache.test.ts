import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { PlaylistCache } from './playlist-cache.ts'

/** A catalogue whose generation and answer can be set, and which counts how often it is read. */
function catalog() {
  const state = { generation: 1 as number | undefined, now: 0, away: false, renderings: 0 }
  const options = (keepMs: number) => ({
    async currentGeneration() {
      if (state.away) throw new Error('Redis is away')
      return state.generation
    },
    async *render(generation: number, base: string) {
      state.renderings += 1
      yield `#EXTM3U\n`
      if (state.away) throw new Error('Redis is away')
      yield `generation ${generation} at ${base}\n`
    },
    keepMs,
    now: () => state.now,
  })
  return { state, cache: (keepMs: number) => new PlaylistCache(options(keepMs)) }
}

const MINUTE = 60_000

test('200 requests at once cost one rendering', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const answers = await Promise.all(Array.from({ length: 200 }, () => playlists.get('http://a')))
  expect(state.renderings).toBe(1)
  expect(new Set(answers.map((answer) => answer?.etag)).size).toBe(1)
})

test('plain and compressed bytes are the same playlist', async () => {
  const answer = await catalog().cache(MINUTE).get('http://a')
  expect(answer?.plain.toString()).toBe('#EXTM3U\ngeneration 1 at http://a\n')
  expect(gunzipSync(answer!.gzipped)).toEqual(answer!.plain)
})

test('each base of links has a playlist of its own', async () => {
  const playlists = catalog().cache(MINUTE)
  const [one, other] = await Promise.all([playlists.get('http://a'), playlists.get('http://b')])
  expect(other?.plain.toString()).toContain('http://b')
  expect(one?.etag).not.toBe(other?.etag)
})

test('a new generation is rendered at the next request, an unchanged one is not', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const first = await playlists.get('http://a')
  state.now += 2 * MINUTE
  expect((await playlists.get('http://a'))?.etag).toBe(first?.etag)
  expect(state.renderings).toBe(1)
  state.generation = 2
  playlists.expire()
  expect((await playlists.get('http://a'))?.generation).toBe(2)
})

test('with a duration of 0 every request is rendered', async () => {
  const { state, cache } = catalog()
  const playlists = cache(0)
  await playlists.get('http://a')
  await playlists.get('http://a')
  expect(state.renderings).toBe(2)
})

test('while Redis is away, what is in memory is served; what is not, is an error', async () => {
  const { state, cache } = catalog()
  const playlists = cache(MINUTE)
  const first = await playlists.get('http://a')
  state.away = true
  playlists.expire()
  expect((await playlists.get('http://a'))?.etag).toBe(first?.etag)
  await expect(playlists.get('http://b')).rejects.toThrow('Redis is away')
  state.away = false
  expect((await playlists.get('http://b'))?.plain.toString()).toContain('http://b')
})

test('there is no playlist before the first import', async () => {
  const { state, cache } = catalog()
  state.generation = undefined
  expect(await cache(MINUTE).get('http://a')).toBeUndefined()
})
