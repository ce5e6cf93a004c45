import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { createStreamHealth } from './stream-health.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const createHealth = (restMs = 60_000) =>
  createStreamHealth({ redis: fixture.redis, keys: fixture.keys, maxFailuresBeforeBlock: 3, restMs })

test('blocks after the failures in a row, for all nodes', async () => {
  const [one, other] = [createHealth(), createHealth()]
  expect(await one.failed('a', 'b')).toEqual(new Map())
  expect(await other.failed('a')).toEqual(new Map())
  expect(await one.failed('a')).toEqual(new Map([['a', 60_000]]))
  const blocked = await other.blockedUntil(['a', 'b', 'c'])
  expect([...blocked.keys()]).toEqual(['a'])
  expect(blocked.get('a')).toBeGreaterThan(50_000)
  expect(await one.blockedUntil([])).toEqual(new Map())
})

test('a success forgets failures and rest', async () => {
  const health = createHealth()
  for (let count = 0; count < 3; count += 1) await health.failed('d')
  await health.succeeded('d')
  expect(await health.blockedUntil(['d'])).toEqual(new Map())
  expect(await health.failed('d')).toEqual(new Map())
})

test('after a rest one more failure blocks again, twice as long, up to an hour; failures at rest do not count', async () => {
  const health = createHealth(1_000_000)
  const endRest = () => fixture.redis.del(fixture.keys.streamBlocked('e'))
  await health.failed('e')
  await health.failed('e')
  expect((await health.failed('e')).get('e')).toBe(1_000_000)
  expect((await health.failed('e')).get('e')).toBeLessThanOrEqual(1_000_000)
  for (const restMs of [2_000_000, 3_600_000, 3_600_000]) {
    await endRest()
    expect((await health.failed('e')).get('e')).toBe(restMs)
  }
})

test('every key has an end', async () => {
  const health = createHealth()
  for (let count = 0; count < 3; count += 1) await health.failed('f')
  expect(await fixture.redis.pttl(fixture.keys.streamFailures('f'))).toBeGreaterThan(0)
  expect(await fixture.redis.pttl(fixture.keys.streamBlocked('f'))).toBeGreaterThan(0)
})

test('a stream whose provider asks for it rests, and a longer rest goes on', async () => {
  const health = createHealth()
  await health.rest('g', 30_000)
  expect((await health.blockedUntil(['g'])).get('g')).toBeGreaterThan(25_000)
  await health.rest('g', 1_000)
  expect((await health.blockedUntil(['g'])).get('g')).toBeGreaterThan(25_000)
  await health.rest('g', 24 * 3_600_000)
  const longest = (await health.blockedUntil(['g'])).get('g')!
  expect(longest).toBeGreaterThan(500_000)
  expect(longest).toBeLessThanOrEqual(600_000)
})
