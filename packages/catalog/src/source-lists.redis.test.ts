import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { startBench } from '../test-support/redis-bench.ts'
import type { ListEntry } from './list-entry.ts'
import { createSourceLists } from './source-lists.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => bench.empty())

const source = 's1-aa'
const facts = { entries: 0, skipped: {}, fetchedAt: '2026-01-01T00:00:00.000Z', epgUrls: [] }
const createLists = () => createSourceLists({ redis: bench.redis, keys: bench.keys })

function exampleEntries(count: number, name = 'Channel'): ListEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${name} ${i}`,
    streamId: `s${i}`,
    url: `http://h/{secret-1}/${i}`,
    attributes: [['tvg-id', `c${i}`]],
    headers: [],
  }))
}

async function readAll(version: number): Promise<ListEntry[]> {
  const all: ListEntry[] = []
  for await (const entry of createLists().entries(source, version)) all.push(entry)
  return all
}

test('a published list is read as it was written', async () => {
  const lists = createLists()
  const staged = await lists.stage(source)
  const entries = exampleEntries(1001)
  await staged.write(entries.slice(0, 450))
  await staged.write(entries.slice(450))
  expect(await staged.publish({ ...facts, entries: 1001, etag: '"a"' })).toBe('published')
  const good = await lists.goodList(source)
  expect(good).toMatchObject({ state: 'ok', goodVersion: staged.version, entries: 1001, etag: '"a"' })
  expect(await readAll(staged.version)).toEqual(entries)
  expect(await bench.redis.pttl(bench.keys.sourceList(source, staged.version))).toBe(-1)
})

test('a staged list is mortal, and changes nothing before it is published', async () => {
  const lists = createLists()
  const first = await lists.stage(source)
  await first.write(exampleEntries(3))
  await first.publish({ ...facts, entries: 3 })
  const staged = await lists.stage(source)
  await staged.write(exampleEntries(400))
  expect((await lists.goodList(source))?.goodVersion).toBe(first.version)
  expect(await bench.redis.pttl(bench.keys.sourceList(source, staged.version))).toBeGreaterThan(0)
  await staged.discard()
  expect(await bench.redis.exists(bench.keys.sourceList(source, staged.version))).toBe(0)
})

describe('two imports of one source', () => {
  test('the one that began later wins', async () => {
    const lists = createLists()
    const [older, newer] = [await lists.stage(source), await lists.stage(source)]
    await older.write(exampleEntries(5, 'old'))
    await newer.write(exampleEntries(5, 'new'))
    expect(await newer.publish(facts)).toBe('published')
    expect(await older.publish(facts)).toBe('older')
    expect((await lists.goodList(source))?.goodVersion).toBe(newer.version)
  })

  test('the replaced list stays for a while', async () => {
    const lists = createLists()
    const [first, second] = [await lists.stage(source), await lists.stage(source)]
    await first.write(exampleEntries(5))
    await first.publish(facts)
    await second.write(exampleEntries(6))
    await second.publish(facts)
    expect(await readAll(first.version)).toHaveLength(5)
    expect(await bench.redis.pttl(bench.keys.sourceList(source, first.version))).toBeGreaterThan(500_000)
  })
})

describe('a list with the same content as the good one', () => {
  async function publish(entries: ListEntry[], more: Partial<typeof facts & { etag: string }> = {}, chunk = 450) {
    const staged = await createLists().stage(source)
    for (let at = 0; at < entries.length; at += chunk) await staged.write(entries.slice(at, at + chunk))
    return { outcome: await staged.publish({ ...facts, entries: entries.length, ...more }), version: staged.version }
  }
  const lists = () => bench.names('*:list:*')

  test('leaves the good one in place, with newer facts, however it was cut', async () => {
    const first = await publish(exampleEntries(450), { etag: '"a"' })
    const fetchedAt = '2026-01-02T00:00:00.000Z'
    await createLists().note(source, { state: 'importing', progress: 7 })
    expect((await publish(exampleEntries(450), { etag: '"b"', fetchedAt }, 7)).outcome).toBe('unchanged')
    const state = await createLists().goodList(source)
    expect(state).toMatchObject({ state: 'ok', goodVersion: first.version, entries: 450, etag: '"b"', fetchedAt })
    expect(state?.progress).toBeUndefined()
    expect(await lists()).toHaveLength(1)
    expect(await bench.redis.pttl(bench.keys.sourceList(source, first.version))).toBe(-1)
  })

  test.each<[string, ListEntry[], { epgUrls?: string[] }]>([
    ['one entry differs', exampleEntries(450).with(449, exampleEntries(1, 'Other')[0]!), {}],
    ['the order differs', exampleEntries(450).toReversed(), {}],
    ['the guides differ', exampleEntries(450), { epgUrls: ['http://g/'] }],
  ])('but not if %s', async (_, entries, more) => {
    await publish(exampleEntries(450))
    const second = await publish(entries, more as Partial<typeof facts>)
    expect(second.outcome).toBe('published')
    expect((await createLists().goodList(source))?.goodVersion).toBe(second.version)
  })

  test('nor if the good one is gone, or has lost packs', async () => {
    const first = await publish(exampleEntries(450))
    await bench.redis.rpop(bench.keys.sourceList(source, first.version))
    const second = await publish(exampleEntries(450))
    expect(second.outcome).toBe('published')
    await bench.redis.unlink(bench.keys.sourceList(source, second.version))
    expect((await publish(exampleEntries(450))).outcome).toBe('published')
  })
})

describe('damage', () => {
  test('a list that Redis lost packs of is not published', async () => {
    const lists = createLists()
    const staged = await lists.stage(source)
    await staged.write(exampleEntries(400))
    await bench.redis.lpop(bench.keys.sourceList(source, staged.version))
    expect(await staged.publish(facts)).toBe('incomplete')
    expect(await lists.goodList(source)).toBeUndefined()
  })

  test('foreign content in a list is an error with a code', async () => {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(10))
    await staged.publish(facts)
    await bench.redis.rpush(bench.keys.sourceList(source, staged.version), 'foreign')
    await expect(readAll(staged.version)).rejects.toMatchObject({ code: 'LIST_UNREADABLE' })
    await expect(readAll(1)).rejects.toMatchObject({ code: 'LIST_UNREADABLE' })
  })

  test('a good version whose list is gone is no good list', async () => {
    await bench.redis.hset(bench.keys.sourceState(source), { goodVersion: '5', state: 'ok' })
    expect(await createLists().goodList(source)).toBeUndefined()
  })

  test('versions grow, whatever stands in the state', async () => {
    const lists = createLists()
    const first = await lists.stage(source)
    await bench.redis.hset(bench.keys.sourceState(source), 'lastVersion', String(first.version + 1e9))
    expect((await lists.stage(source)).version).toBe(first.version + 1e9 + 1)
    const goodVersion = first.version + 2e9
    await bench.redis.hset(bench.keys.sourceState(source), { lastVersion: 'text', goodVersion })
    expect((await lists.stage(source)).version).toBe(goodVersion + 1)
  })
})

test('a source that has left leaves nothing', async () => {
  const lists = createLists()
  const staged = await lists.stage(source)
  await staged.write(exampleEntries(10))
  await staged.publish(facts)
  await lists.forget(source)
  expect(await bench.redis.dbsize()).toBe(0)
})
