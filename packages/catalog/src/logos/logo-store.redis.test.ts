import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { createLogoStore } from './logo-store.ts'

type Fixture = Awaited<ReturnType<typeof startFixture>>
let fixture: Fixture

beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const image = (byte: number, length: number) => Buffer.alloc(length, byte)
const store = (maxBytes: number) => createLogoStore({ ...fixture, maxBytes })

test('an image comes back byte for byte; one that was never kept does not', async () => {
  const logos = store(1_000)
  await logos.keep('a', Buffer.from([0, 255, 128, 10, 13]), 1)
  expect(await logos.read('a')).toEqual(Buffer.from([0, 255, 128, 10, 13]))
  expect(await logos.read('b')).toBeUndefined()
})

test('the oldest images make room for a new one', async () => {
  const logos = store(1_000)
  for (const [at, name] of ['a', 'b', 'c'].entries()) await logos.keep(name, image(at, 300), at)
  await logos.keep('d', image(3, 500), 3)
  const kept = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await logos.read(name))?.length))
  expect(kept).toEqual([undefined, undefined, 300, 500])
  expect(await fixture.redis.get(fixture.keys.logoBytes)).toBe('800')
})

test('an image that is kept again is counted once', async () => {
  const logos = store(1_000)
  for (const length of [300, 700, 200]) await logos.keep('a', image(1, length), 1)
  expect(await fixture.redis.get(fixture.keys.logoBytes)).toBe('200')
})

test('an image that is too large for the store is not kept, and evicts none', async () => {
  const logos = store(1_000)
  await logos.keep('a', image(1, 900), 1)
  await logos.keep('b', image(1, 1_001), 2)
  expect((await logos.read('a'))?.length).toBe(900)
  expect(await logos.read('b')).toBeUndefined()
  await store(0).keep('c', image(1, 1), 3)
  expect(await logos.read('c')).toBeUndefined()
})

test('a part that Redis lost makes it start over', async () => {
  const logos = store(1_000)
  await logos.keep('a', image(1, 900), 1)
  await fixture.redis.del(fixture.keys.logoAges)
  await logos.keep('b', image(1, 900), 2)
  expect(await logos.read('a')).toBeUndefined()
  expect((await logos.read('b'))?.length).toBe(900)
  expect(await fixture.redis.pttl(fixture.keys.logoImages)).toBeGreaterThan(0)
})
