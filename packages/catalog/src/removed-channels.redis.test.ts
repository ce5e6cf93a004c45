import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { exampleChannel, placedChannel, startFixture } from '../test-support/redis-fixture.ts'
import { createCatalogReader } from './catalog-reader.ts'
import { createCatalogWriter } from './catalog-writer.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const HOUR = 3_600_000
const reader = () => createCatalogReader({ redis: fixture.redis, keys: fixture.keys })

async function publish(
  numbers: readonly number[],
  { atHour, graceHours = 24 }: { readonly atHour: number; readonly graceHours?: number },
) {
  const writer = createCatalogWriter({ redis: fixture.redis, keys: fixture.keys, removedGraceMs: graceHours * HOUR })
  const generation = await writer.begin('asc')
  await generation.write(numbers.map(placedChannel))
  const builtAt = new Date(Date.UTC(2026, 0, 1) + atHour * HOUR).toISOString()
  expect(await generation.finish({ builtAt, epgUrls: [], inputs: {}, settings: '' })).toBe('current')
  return generation.generation
}

async function inPlaylist(): Promise<string[]> {
  const generation = (await reader().currentGeneration())!
  return (await Array.fromAsync(reader().channelsInOrder(generation))).map(({ name }) => name)
}
const isFound = async (number: number) => (await reader().channel(exampleChannel(number).id)) !== undefined

test('a channel that has left is hidden, found by its id for the grace period, then gone', async () => {
  await publish([1, 2, 3], { atHour: 0 })
  await publish([1, 3], { atHour: 1 })
  expect(await inPlaylist()).toEqual(['Channel 1', 'Channel 3'])
  expect(await reader().channel(exampleChannel(2).id)).toEqual(exampleChannel(2))
  await publish([1, 3], { atHour: 24 })
  expect(await isFound(2)).toBe(true)
  await publish([1, 3], { atHour: 25 })
  expect(await isFound(2)).toBe(false)
  expect(await fixture.redis.exists(fixture.keys.catalogRemoved, fixture.keys.catalogRemovedAt)).toBe(0)
})

test('a channel that returns is like any other, and has its full grace period when it leaves again', async () => {
  await publish([1, 2], { atHour: 0 })
  await publish([1], { atHour: 1 })
  await publish([1, 2], { atHour: 2 })
  expect(await fixture.redis.hlen(fixture.keys.catalogRemoved)).toBe(0)
  await publish([1], { atHour: 20 })
  await publish([1], { atHour: 40 })
  expect(await isFound(2)).toBe(true)
})

test('without a grace period nothing is kept', async () => {
  await publish([1, 2], { atHour: 0, graceHours: 0 })
  await publish([1], { atHour: 1, graceHours: 0 })
  expect(await isFound(2)).toBe(false)
})

test('many channels that leave at once', async () => {
  const all = Array.from({ length: 1000 }, (_, number) => number)
  await publish(all, { atHour: 0 })
  await publish(all.slice(0, 300), { atHour: 1 })
  expect(await fixture.redis.hlen(fixture.keys.catalogRemoved)).toBe(700)
  await publish(all.slice(0, 600), { atHour: 2 })
  expect(await fixture.redis.hlen(fixture.keys.catalogRemoved)).toBe(400)
  await publish(all.slice(0, 600), { atHour: 30 })
  expect(await fixture.redis.hlen(fixture.keys.catalogRemoved)).toBe(0)
})
