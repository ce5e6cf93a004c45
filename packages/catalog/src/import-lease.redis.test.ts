import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startFixture } from '../test-support/redis-fixture.ts'
import { createImportLeases } from './import-lease.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const worker = (holder: string, ttlMs = 60_000) =>
  createImportLeases({ redis: fixture.redis, keys: fixture.keys, holder, ttlMs })

test('one worker at a time, even within one process; sources do not hinder each other', async () => {
  const [one, other] = [worker('one'), worker('other')]
  const lease = (await one.take('s1'))!
  expect(await other.take('s1')).toBeUndefined()
  expect(await one.take('s1')).toBeUndefined()
  await using _second = (await other.take('s2'))!
  await lease[Symbol.asyncDispose]()
  await using again = (await other.take('s1'))!
  expect(again.lost.aborted).toBe(false)
})

test('lasts as long as it is renewed', async () => {
  // Renewed every second; up to three busy seconds of the machine must not matter.
  await using lease = (await worker('one', 4000).take('s1'))!
  const key = fixture.keys.sourceImportLease('s1')
  await fixture.redis.pexpire(key, 3000)
  await eventually('it was renewed', async () => (await fixture.redis.pttl(key)) > 3000, { everyMs: 1 })
  expect(lease.lost.aborted).toBe(false)
})

test('a worker that finds it taken stops, and does not return what it does not hold', async () => {
  const lease = (await worker('one', 200).take('s1'))!
  const key = fixture.keys.sourceImportLease('s1')
  await fixture.redis.set(key, 'other:1')
  await eventually('it knows', () => lease.lost.aborted)
  await lease[Symbol.asyncDispose]()
  expect(await fixture.redis.get(key)).toBe('other:1')
})

test('expires when its worker has died', async () => {
  await fixture.redis.set(fixture.keys.sourceImportLease('s1'), 'dead:1', 'PX', 50)
  await eventually('it is free', async () => {
    const lease = await worker('other').take('s1')
    await lease?.[Symbol.asyncDispose]()
    return lease !== undefined
  })
})
