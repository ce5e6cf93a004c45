import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { startFixture } from '../test-support/redis-fixture.ts'
import { createAppNumbers, type Numbered } from './app-numbers.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const things = (count: number): Numbered[] => Array.from({ length: count }, (_, at) => `channel:${at}` as const)
const createNumbers = (candidate?: (thing: Numbered, attempt: number) => number) =>
  createAppNumbers({ redis: fixture.redis, keys: fixture.keys, ...(candidate && { candidate }) })

test('numbers have ten digits and fit into 31 bits, differ, stay the same, and lead back', async () => {
  const numbers = createNumbers()
  const first = await numbers.numbersOf(things(1_000))
  expect(new Set(first).size).toBe(1_000)
  expect(first.every((number) => Number.isInteger(number) && number >= 2 ** 30 && number <= 0x7fffffff)).toBe(true)
  expect(await numbers.numbersOf(things(1_000).reverse())).toEqual(first.toReversed())
  expect(await numbers.thingOf(first[7]!)).toBe('channel:7')
})

test('things that hash to one number get different ones, in any order and on any number of nodes', async () => {
  // Three numbers to begin with, for twenty things.
  const candidate = (thing: Numbered, attempt: number): number => {
    const digits = Number(thing.replace(/\D/g, ''))
    return attempt === 0 ? 1 + (digits % 3) : 10 + digits * 100 + attempt
  }
  const nodes = [1, 2, 3].map(() => createNumbers(candidate))
  const answers = await Promise.all(nodes.map((node) => node.numbersOf(things(20))))
  expect(new Set(answers[0]).size).toBe(20)
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
  expect(await nodes[0]!.numbersOf(things(20))).toEqual(answers[0])
})

test.each([0, -1, 1.5, Number.NaN, 2 ** 31, 123_456])('%d stands for nothing', async (number) => {
  const numbers = createNumbers()
  expect(await numbers.thingOf(number)).toBeUndefined()
})

test('sends no request when there is nothing to number', async () => {
  expect(await createNumbers().numbersOf([])).toEqual([])
})
