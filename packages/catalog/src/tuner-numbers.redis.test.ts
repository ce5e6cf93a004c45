import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { startFixture } from '../test-support/redis-fixture.ts'
import { createTunerNumbers, createTunerSeed } from './tuner-numbers.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

test('numbers have few digits, differ, and stay the same on every node', async () => {
  const things = Array.from({ length: 3_000 }, (_, at) => `channel:${at}` as const)
  const numbers = await createTunerNumbers(fixture).numbersOf(things)
  expect(new Set(numbers).size).toBe(3_000)
  expect(numbers.every((number) => number >= 10_000 && number < 10_000_000)).toBe(true)
  expect(numbers.filter((number) => number < 100_000).length).toBeGreaterThan(2_500)
  expect(await createTunerNumbers(fixture).numbersOf(things.toReversed())).toEqual(numbers.toReversed())
})

test('the seed is the same on all nodes that start at once, and returns after Redis lost it', async () => {
  const nodes = [1, 2, 3].map(() => createTunerSeed(fixture))
  const [seed, ...others] = await Promise.all(nodes.map((read) => read()))
  expect(seed).toMatch(/^[0-9a-f]{32}$/)
  expect(others).toEqual([seed, seed])
  await fixture.empty()
  expect(await nodes[0]!()).toBe(seed)
  expect(await createTunerSeed(fixture)()).toBe(seed)
})
