import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { startFixture } from '../test-support/redis-fixture.ts'
import { createSortedRuns } from './sorted-runs.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

type Row = readonly [number]
const createRuns = () =>
  createSortedRuns<Row>({
    redis: fixture.redis,
    key: fixture.keys.catalogRuns(1, 'order'),
    compare: ([first], [second]) => first - second,
    ttlMs: 60_000,
    rowsPerPage: 3,
  })

test('merges runs of any length into one sorted list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.integer(), { maxLength: 20 }), { maxLength: 20 }), async (runs) => {
      const sorted = createRuns()
      for (const run of runs) await sorted.add(run.map((value) => [value] as const))
      const merged: number[] = []
      for await (const piece of sorted.merged()) merged.push(...piece.map(([value]) => value))
      expect(merged).toEqual(runs.flat().sort((first, second) => first - second))
      await sorted.discard()
      expect(await fixture.names('*')).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test('stored runs expire, and a lost part is an error', async () => {
  const sorted = createRuns()
  await sorted.add(Array.from({ length: 10 }, (_, value) => [value] as const))
  const key = fixture.keys.catalogRuns(1, 'order')
  expect(await fixture.redis.pttl(key)).toBeGreaterThan(0)
  await fixture.redis.hdel(key, '0:2')
  await expect(Array.fromAsync(sorted.merged())).rejects.toThrow('lost a part')
})
