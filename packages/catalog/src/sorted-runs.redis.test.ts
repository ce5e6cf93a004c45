import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { startBench } from '../test-support/redis-bench.ts'
import { createSortedRuns } from './sorted-runs.ts'

jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => bench.empty())

type Row = readonly [number]
const createRuns = () =>
  createSortedRuns<Row>({
    redis: bench.redis,
    key: bench.keys.catalogRuns(1, 'order'),
    compare: ([first], [second]) => first - second,
    ttlMs: 60_000,
    rowsPerPage: 3,
  })

test('runs of any length come out as one sorted row of all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.integer(), { maxLength: 20 }), { maxLength: 20 }), async (runs) => {
      const sorted = createRuns()
      for (const run of runs) await sorted.add(run.map((value) => [value] as const))
      const merged: number[] = []
      for await (const piece of sorted.merged()) merged.push(...piece.map(([value]) => value))
      expect(merged).toEqual(runs.flat().sort((first, second) => first - second))
      await sorted.discard()
      expect(await bench.names('*')).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test('what is put aside is mortal, and a part that is lost is an error', async () => {
  const sorted = createRuns()
  await sorted.add(Array.from({ length: 10 }, (_, value) => [value] as const))
  const key = bench.keys.catalogRuns(1, 'order')
  expect(await bench.redis.pttl(key)).toBeGreaterThan(0)
  await bench.redis.hdel(key, '0:2')
  await expect(Array.fromAsync(sorted.merged())).rejects.toThrow('lost a part')
})
