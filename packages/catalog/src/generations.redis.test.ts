import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { exampleChannel, placedChannel, startBench } from '../test-support/redis-bench.ts'
import { createCatalogReader } from './catalog-reader.ts'
import { createCatalogWriter } from './catalog-writer.ts'
import type { CatalogChannel } from './record-format.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => bench.empty())

const facts = { builtAt: '2026-01-01T00:00:00.000Z', epgUrls: [], inputs: { 's1-aa': 1 }, settings: '{}' }
const createWriter = () => createCatalogWriter({ redis: bench.redis, keys: bench.keys, batchSize: 10 })
const createReader = () => createCatalogReader({ redis: bench.redis, keys: bench.keys })

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

  test('is invisible, and mortal, until it is finished', async () => {
    const { generation } = await writeGeneration(30)
    expect(await createReader().currentGeneration()).toBeUndefined()
    expect(await bench.redis.pttl(bench.keys.catalogChannels(generation))).toBeGreaterThan(0)
    expect(await bench.redis.pttl(bench.keys.catalogRuns(generation, 'order'))).toBeGreaterThan(0)
  })

  test('lives for ever once it is current, and a while after it was replaced', async () => {
    const first = await writeGeneration(3)
    await first.finish(facts)
    const keysOf = (n: number) => [bench.keys.catalogChannels(n), bench.keys.catalogOrder(n), bench.keys.catalogInfo(n)]
    for (const key of keysOf(first.generation)) expect(await bench.redis.pttl(key)).toBe(-1)
    const second = await writeGeneration(4)
    await second.finish(facts)
    for (const key of keysOf(first.generation)) expect(await bench.redis.pttl(key)).toBeGreaterThan(500_000)
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
  test('the one that began later wins, no matter who finishes last', async () => {
    const [older, newer] = [await writeGeneration(5), await writeGeneration(6)]
    expect(newer.generation).toBeGreaterThan(older.generation)
    expect(await newer.finish(facts)).toBe('current')
    expect(await older.finish(facts)).toBe('older')
    expect(await createReader().currentGeneration()).toBe(newer.generation)
    await older.discard()
    expect(await bench.redis.exists(bench.keys.catalogChannels(older.generation))).toBe(0)
    expect(await readAll(newer.generation)).toHaveLength(6)
  })

  test('ten at once: the highest number is current at the end', async () => {
    const generations = await Promise.all(Array.from({ length: 10 }, () => writeGeneration(12)))
    const outcomes = await Promise.all(generations.map((generation) => generation.finish(facts)))
    expect(outcomes).toContain('current')
    expect(await createReader().currentGeneration()).toBe(Math.max(...generations.map(({ generation }) => generation)))
  })
})

test('a generation that became current is not discarded, whatever its builder believes', async () => {
  const generation = await writeGeneration(5)
  await generation.finish(facts)
  await generation.discard()
  expect(await readAll(generation.generation)).toHaveLength(5)
})

describe('damage', () => {
  test('a generation of which Redis lost a part is refused, the current one stays', async () => {
    const good = await writeGeneration(5)
    await good.finish(facts)
    const damaged = await writeGeneration(25)
    await bench.redis.hdel(bench.keys.catalogChannels(damaged.generation), exampleChannel(3).id)
    expect(await damaged.finish(facts)).toBe('incomplete')
    const unsorted = await writeGeneration(25)
    await bench.redis.hdel(bench.keys.catalogRuns(unsorted.generation, 'order'), '0:0')
    await expect(unsorted.finish(facts)).rejects.toThrow('lost a part')
    expect(await createReader().currentGeneration()).toBe(good.generation)
  })

  test('an unreadable record costs that channel only', async () => {
    const { generation, finish } = await writeGeneration(3)
    await finish(facts)
    await bench.redis.hset(bench.keys.catalogChannels(generation), exampleChannel(1).id, '{"v":9}')
    expect((await readAll(generation)).map(({ name }) => name)).toEqual(['Channel 0', 'Channel 2'])
  })

  test('a generation that expires under its reader is an error, not a short list', async () => {
    const { generation, finish } = await writeGeneration(20)
    await finish(facts)
    const channels = createReader().channelsInOrder(generation, 5)
    await channels.next()
    await bench.redis.del(bench.keys.catalogOrder(generation))
    await expect(
      (async () => {
        for await (const _ of channels);
      })(),
    ).rejects.toThrow('has expired')
  })

  test.each(['text', '', '1e99', '-'])('%p as current number is no generation', async (text) => {
    await bench.redis.set(bench.keys.catalogCurrent, text)
    expect(await createReader().currentGeneration()).toBeUndefined()
  })
})

describe('onChange', () => {
  test('tells the current number and each new one, once; forged messages change nothing', async () => {
    const told: number[] = []
    const first = await writeGeneration(1)
    await first.finish(facts)
    const { redis, subscriber, keys } = bench
    const reader = createCatalogReader({ redis, subscriber, keys, pollMs: 60_000 })
    await using _watch = reader.onChange((generation) => told.push(generation))
    await eventually('the first number is told', () => told.length === 1)
    await eventually('it listens', async () => (await redis.publish(keys.catalogChanged, '99')) === 1)
    const second = await writeGeneration(2)
    await second.finish(facts)
    await eventually('the second number is told', () => told.length === 2)
    expect(told).toEqual([first.generation, second.generation])
  })

  test('without messages the poll finds it', async () => {
    const told: number[] = []
    const reader = createCatalogReader({ redis: bench.redis, keys: bench.keys, pollMs: 20 })
    await using _watch = reader.onChange((generation) => told.push(generation))
    const { generation, finish } = await writeGeneration(1)
    await finish(facts)
    await eventually('the number is told', () => told.includes(generation))
  })
})
