import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { blameOpenStreams, createQuarantine } from './quarantine.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const on = (incarnation: string) => createQuarantine({ ...fixture, incarnation: { id: incarnation } })
const dies = (incarnation: string, cause = 'silent') => blameOpenStreams(fixture, incarnation, cause)

test('a third process does not open a stream that has ended two processes', async () => {
  const reader = on('reader')
  for (const [number, incarnation] of ['a1', 'a2'].entries()) {
    expect((await reader.has(['a'])).size).toBe(0)
    await on(incarnation).begin('a')
    expect(await dies(incarnation, 'out-of-memory')).toEqual(new Map([['a', number + 1]]))
  }
  expect(await reader.has(['a', 'other'])).toEqual(new Map([['a', 'out-of-memory']]))
  const lifetimeMs = await fixture.redis.pttl(fixture.keys.streamQuarantined('a'))
  expect(lifetimeMs).toBeGreaterThan(29 * 60_000)
  expect(lifetimeMs).toBeLessThanOrEqual(30 * 60_000)
})

test('after the quarantine one more death is enough for the next', async () => {
  for (const incarnation of ['b1', 'b2']) {
    await on(incarnation).begin('b')
    await dies(incarnation)
  }
  await fixture.redis.del(fixture.keys.streamQuarantined('b'))
  await on('b3').begin('b')
  await dies('b3')
  expect((await on('reader').has(['b'])).size).toBe(1)
})

test('a stream that plays well is not suspected when another has just been opened', async () => {
  for (const incarnation of ['c1', 'c2']) {
    await on(incarnation).begin('good')
    await on(incarnation).proven('good')
    await on(incarnation).begin('bad')
    await dies(incarnation)
  }
  expect([...(await on('reader').has(['good', 'bad'])).keys()]).toEqual(['bad'])
})

test('if no stream is new, all open streams are suspected: one may have turned bad', async () => {
  for (const incarnation of ['d1', 'd2']) {
    await on(incarnation).begin('turned')
    await on(incarnation).proven('turned')
    await dies(incarnation)
  }
  expect((await on('reader').has(['turned'])).size).toBe(1)
})

test('closed streams are not suspected, and nothing is left of the process', async () => {
  await on('e1').begin('closed')
  await on('e1').begin('open')
  expect(await fixture.redis.pttl(fixture.keys.openStreams('e1'))).toBeGreaterThan(0)
  await on('e1').end('closed')
  expect([...(await dies('e1')).keys()]).toEqual(['open'])
  expect(await fixture.redis.exists(fixture.keys.openStreams('e1'))).toBe(0)
  expect(await dies('nobody')).toEqual(new Map())
})

test('a person may release a stream: it counts as if it had ended no process', async () => {
  for (const incarnation of ['r1', 'r2']) {
    await on(incarnation).begin('released')
    await dies(incarnation)
  }
  const reader = on('reader')
  expect((await reader.has(['released'])).size).toBe(1)
  await reader.release('released')
  expect((await reader.has(['released'])).size).toBe(0)
  await on('r3').begin('released')
  expect(await dies('r3')).toEqual(new Map([['released', 1]]))
})

test('every key expires', async () => {
  await on('f1').begin('f')
  await dies('f1')
  expect(await fixture.redis.pttl(fixture.keys.streamDeaths('f'))).toBeGreaterThan(3_600_000)
})
