import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { exampleChannel, placedChannel, startFixture } from '../test-support/redis-fixture.ts'
import { createCatalogReader } from './catalog-reader.ts'
import { createCatalogWriter } from './catalog-writer.ts'
import type { CatalogChannel } from './record-format.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const facts = { builtAt: '2026-01-01T00:00:00.000Z', epgUrls: [], inputs: { 's1-aa': 1 }, settings: '{}' }
const createWriter = () => createCatalogWriter({ redis: fixture.redis, keys: fixture.keys, batchSize: 10 })
const createReader = () => createCatalogReader({ redis: fixture.redis, keys: fixture.keys })

async function writeGeneration(channels: number) {
  const generation = await createWriter().begin('asc')
  // In two pieces and backwards: the order is that of the sort keys.
  const placed = Array.from({ length: channels }, (_, number) => placedChannel(number)).reverse()
  await generation.write(placed.slice(0, 7))
  await generation.write(placed.slice(7))
  return generation
}

async function readAll(generation: number): Promise<CatalogChannel[]> {
  const channels: CatalogChannel[] = []
  for await (const channel of createReader().channelsInOrder(generation, 7)) channels.push(channel)
  return channels
}

describe('a generation', () => {
  test('is read as it was written, in order, at any page size', async () => {
    const generation = await writeGeneration(33)
    expect(await generation.finish(facts)).toBe('current')
    const reader = createReader()
    expect(await reader.currentGeneration()).toBe(generation.generation)
    expect(await readAll(generation.generation)).toEqual(Array.from({ length: 33 }, (_, i) => exampleChannel(i)))
    expect(await reader.channel(exampleChannel(5).id)).toEqual(exampleChannel(5))
    expect(await reader.channel('nothing')).toBeUndefined()
    expect(await reader.info(generation.generation)).toMatchObject({ ...facts, channels: 33, streams: 33 })
  })

  test('is invisible, and expires, until it is finished', async () => {
    const { generation } = await writeGeneration(30)
    expect(await createReader().currentGeneration()).toBeUndefined()
    expect(await fixture.redis.pttl(fixture.keys.catalogChannels(generation))).toBeGreaterThan(0)
    expect(await fixture.redis.pttl(fixture.keys.catalogRuns(generation, 'order'))).toBeGreaterThan(0)
  })

  test('never expires while current, and stays for a while once replaced', async () => {
    const first = await writeGeneration(3)
    await first.finish(facts)
    const keysOf = (n: number) => [
      fixture.keys.catalogChannels(n),
      fixture.keys.catalogOrder(n),
      fixture.keys.catalogInfo(n),
    ]
    for (const key of keysOf(first.generation)) expect(await fixture.redis.pttl(key)).toBe(-1)
    const second = await writeGeneration(4)
    await second.finish(facts)
    for (const key of keysOf(first.generation)) expect(await fixture.redis.pttl(key)).toBeGreaterThan(500_000)
    expect(await readAll(first.generation)).toHaveLength(3)
    expect(await readAll(second.generation)).toHaveLength(4)
  })

  test('may be empty', async () => {
    const generation = await writeGeneration(0)
    expect(await generation.finish(facts)).toBe('current')
    expect(await readAll(generation.generation)).toEqual([])
  })
})

describe('two writers', () => {
  test('the one that started later wins, even if it finishes first', async () => {
    const [older, newer] = [await writeGeneration(5), await writeGeneration(6)]
    expect(newer.generation).toBeGreaterThan(older.generation)
    expect(await newer.finish(facts)).toBe('current')
    expect(await older.finish(facts)).toBe('older')
    expect(await createReader().currentGeneration()).toBe(newer.generation)
    await older.discard()
    expect(await fixture.redis.exists(fixture.keys.catalogChannels(older.generation))).toBe(0)
    expect(await readAll(newer.generation)).toHaveLength(6)
  })

  test('ten at once: the highest number is current at the end', async () => {
    const generations = await Promise.all(Array.from({ length: 10 }, () => writeGeneration(12)))
    const outcomes = await Promise.all(generations.map((generation) => generation.finish(facts)))
    expect(outcomes).toContain('current')
    expect(await createReader().currentGeneration()).toBe(Math.max(...generations.map(({ generation }) => generation)))
  })
})

test('a generation that became current is not discarded, even if its builder believes that it failed', async () => {
  const generation = await writeGeneration(5)
  await generation.finish(facts)
  await generation.discard()
  expect(await readAll(generation.generation)).toHaveLength(5)
})

describe('damage', () => {
  test('refuses a generation that Redis has partly lost; the current one stays', async () => {
    const good = await writeGeneration(5)
    await good.finish(facts)
    const damaged = await writeGeneration(25)
    await fixture.redis.hdel(fixture.keys.catalogChannels(damaged.generation), exampleChannel(3).id)
    expect(await damaged.finish(facts)).toBe('incomplete')
    const unsorted = await writeGeneration(25)
    await fixture.redis.hdel(fixture.keys.catalogRuns(unsorted.generation, 'order'), '0:0')
    await expect(unsorted.finish(facts)).rejects.toThrow('lost a part')
    expect(await createReader().currentGeneration()).toBe(good.generation)
  })

  test('an unreadable record costs only its channel', async () => {
    const { generation, finish } = await writeGeneration(3)
    await finish(facts)
    await fixture.redis.hset(fixture.keys.catalogChannels(generation), exampleChannel(1).id, '{"v":9}')
    expect((await readAll(generation)).map(({ name }) => name)).toEqual(['Channel 0', 'Channel 2'])
  })

  test('a generation that expires during a read is an error, not a short list', async () => {
    const { generation, finish } = await writeGeneration(20)
    await finish(facts)
    const channels = createReader().channelsInOrder(generation, 5)
    await channels.next()
    await fixture.redis.del(fixture.keys.catalogOrder(generation))
    await expect(
      (async () => {
        for await (const _ of channels);
      })(),
    ).rejects.toThrow('has expired')
  })

  test.each(['text', '', '1e99', '-'])('%p as current number is not a generation', async (text) => {
    await fixture.redis.set(fixture.keys.catalogCurrent, text)
    expect(await createReader().currentGeneration()).toBeUndefined()
  })
})

describe('onChange', () => {
  test('reports the current number and each new one, once; forged messages change nothing', async () => {
    const reported: number[] = []
    const first = await writeGeneration(1)
    await first.finish(facts)
    const { redis, subscriber, keys } = fixture
    const reader = createCatalogReader({ redis, subscriber, keys, pollMs: 60_000 })
    await using _watch = reader.onChange((generation) => reported.push(generation))
    await eventually('the first number is reported', () => reported.length === 1)
    await eventually('it is subscribed', async () => (await redis.publish(keys.catalogChanged, '99')) === 1)
    const second = await writeGeneration(2)
    await second.finish(facts)
    await eventually('the second number is reported', () => reported.length === 2)
    expect(reported).toEqual([first.generation, second.generation])
  })

  test('polling finds the number without messages', async () => {
    const reported: number[] = []
    const reader = createCatalogReader({ redis: fixture.redis, keys: fixture.keys, pollMs: 20 })
    await using _watch = reader.onChange((generation) => reported.push(generation))
    const { generation, finish } = await writeGeneration(1)
    await finish(facts)
    await eventually('the number is reported', () => reported.includes(generation))
  })
})
