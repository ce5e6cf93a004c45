import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startBench } from '../test-support/redis-bench.ts'
import { createImportLeases } from './import-lease.ts'

jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => bench.empty())

const worker = (holder: string, ttlMs = 60_000) =>
  createImportLeases({ redis: bench.redis, keys: bench.keys, holder, ttlMs })

test('one worker at a time, also within one worker; sources do not hinder each other', async () => {
  const [one, other] = [worker('one'), worker('other')]
  const lease = (await one.take('s1'))!
  expect(await other.take('s1')).toBeUndefined()
  expect(await one.take('s1')).toBeUndefined()
  await using _second = (await other.take('s2'))!
  await lease[Symbol.asyncDispose]()
  await using again = (await other.take('s1'))!
  expect(again.lost.aborted).toBe(false)
})

test('it lasts as long as it is renewed', async () => {
  // Renewed every second; a machine that is busy for less than three may not matter.
  await using lease = (await worker('one', 4000).take('s1'))!
  const key = bench.keys.sourceImportLease('s1')
  await bench.redis.pexpire(key, 3000)
  await eventually('it was renewed', async () => (await bench.redis.pttl(key)) > 3000, { everyMs: 1 })
  expect(lease.lost.aborted).toBe(false)
})

test('who finds it taken by another stops, and does not give back what is not its own', async () => {
  const lease = (await worker('one', 200).take('s1'))!
  const key = bench.keys.sourceImportLease('s1')
  await bench.redis.set(key, 'other:1')
  await eventually('it knows', () => lease.lost.aborted)
  await lease[Symbol.asyncDispose]()
  expect(await bench.redis.get(key)).toBe('other:1')
})

test('one whose worker has died ends by itself', async () => {
  await bench.redis.set(bench.keys.sourceImportLease('s1'), 'dead:1', 'PX', 50)
  await eventually('it is free', async () => {
    const lease = await worker('other').take('s1')
    await lease?.[Symbol.asyncDispose]()
    return lease !== undefined
  })
})
