import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { createStreamHealth } from './stream-health.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

type Place = { readonly nodeId?: string; readonly isAlone?: () => boolean }
const createHealth = (restMs = 60_000, { nodeId = 'edge-1', isAlone = () => true }: Place = {}) => {
  const { redis, keys } = fixture
  return createStreamHealth({ redis, keys, nodeId, isAlone, maxFailuresBeforeBlock: 3, restMs })
}
/** One of several machines. */
const createHealthOn = (nodeId: string) => createHealth(60_000, { nodeId, isAlone: () => false })

test('blocks after enough failures in a row, for all nodes', async () => {
  const [one, other] = [createHealth(), createHealth()]
  expect(await one.failed('a', 'b')).toEqual(new Map())
  expect(await other.failed('a')).toEqual(new Map())
  expect(await one.failed('a')).toEqual(new Map([['a', 60_000]]))
  const blocked = await other.blockedUntil(['a', 'b', 'c'])
  expect([...blocked.keys()]).toEqual(['a'])
  expect(blocked.get('a')).toBeGreaterThan(50_000)
  expect(await one.blockedUntil([])).toEqual(new Map())
})

test('a success clears failures and rests', async () => {
  const health = createHealth()
  for (let count = 0; count < 3; count += 1) await health.failed('d')
  await health.succeeded('d')
  expect(await health.blockedUntil(['d'])).toEqual(new Map())
  expect(await health.failed('d')).toEqual(new Map())
})

test('after a rest one more failure blocks again, twice as long, up to an hour; failures during a rest do not count', async () => {
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

test('every key expires', async () => {
  const health = createHealth()
  for (let count = 0; count < 3; count += 1) await health.failed('f')
  expect(await fixture.redis.pttl(fixture.keys.streamFailures('f'))).toBeGreaterThan(0)
  expect(await fixture.redis.pttl(fixture.keys.streamBlocked('f'))).toBeGreaterThan(0)
})

describe('with several nodes', () => {
  test('failures on one machine block the stream for that machine alone', async () => {
    const [sick, healthy] = [createHealthOn('edge-1'), createHealthOn('edge-2')]
    for (let count = 0; count < 2; count += 1) expect((await sick.failed('m')).size).toBe(0)
    expect(await sick.failed('m')).toEqual(new Map([['m', 60_000]]))
    expect((await sick.blockedUntil(['m'])).get('m')).toBeGreaterThan(50_000)
    expect((await healthy.blockedUntil(['m'])).size).toBe(0)
    // However often that machine tries.
    for (let count = 0; count < 20; count += 1) await sick.failed('m')
    expect((await healthy.blockedUntil(['m'])).size).toBe(0)
  })

  test('failures on a second machine block it for all', async () => {
    const [one, other, third] = ['edge-1', 'edge-2', 'edge-3'].map(createHealthOn)
    await one!.failed('n')
    await one!.failed('n')
    expect((await other!.failed('n')).get('n')).toBe(60_000)
    expect((await third!.blockedUntil(['n'])).size).toBe(1)
  })

  test('processes of one machine share its route: together they are one witness', async () => {
    const [one, second, elsewhere] = ['edge-1', 'edge-1#2', 'edge-2'].map(createHealthOn)
    await one!.failed('o')
    await second!.failed('o')
    expect((await second!.failed('o')).size).toBe(1)
    expect((await one!.blockedUntil(['o'])).size).toBe(1)
    expect((await elsewhere!.blockedUntil(['o'])).size).toBe(0)
  })

  test('a success on any of them clears the rests of all', async () => {
    const [sick, healthy] = [createHealthOn('edge-1'), createHealthOn('edge-2')]
    for (let count = 0; count < 3; count += 1) await sick.failed('p')
    await healthy.succeeded('p')
    expect((await sick.blockedUntil(['p'])).size).toBe(0)
  })

  test('the rest of one machine doubles, and the remaining count does not start over', async () => {
    const sick = createHealthOn('edge-1')
    for (let count = 0; count < 3; count += 1) await sick.failed('q')
    await fixture.redis.hset(fixture.keys.streamFailures('q'), 'until:edge-1', 1)
    expect((await sick.failed('q')).get('q')).toBe(120_000)
  })
})

test('a stream rests when its provider demands it, and a longer rest continues', async () => {
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
