import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startBench } from '../test-support/redis-bench.ts'
import { BUCKETS } from './bucket.ts'
import { channelId } from './channel-id.ts'
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
    channelId: channelId(`${name} ${i}`),
    name: `${name} ${i}`,
    streamId: `s${i}`,
    url: `http://h/{secret-1}/${i}`,
    attributes: [['tvg-id', `c${i}`]],
    headers: [],
  }))
}

async function readAll(version: number): Promise<ListEntry[]> {
  const all: ListEntry[] = []
  const list = await createLists().open(source, version)
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for await (const entries of list.bucket(bucket)) all.push(...entries)
  }
  return all
}
/** Enough for packs to be sent before the end. */
function manyOfOneChannel(): ListEntry[] {
  const [first] = exampleEntries(1)
  return Array.from({ length: 17 * 200 }, (_, i) => ({ ...first!, streamId: `s${i}` }))
}
const byChannel = (entries: ListEntry[]) => entries.toSorted((one, other) => (one.channelId < other.channelId ? -1 : 1))

test('logins of a list are read as they were written', async () => {
  const staged = await createLists().stage(source)
  await staged.publish(facts, [['user', 'pass']])
  expect((await createLists().open(source, staged.version)).logins).toEqual([['user', 'pass']])
})

test('a published list is read as it was written', async () => {
  const lists = createLists()
  const staged = await lists.stage(source)
  const entries = exampleEntries(1001)
  await staged.write(entries.slice(0, 450))
  await staged.write(entries.slice(450))
  expect(await staged.publish({ ...facts, entries: 1001, etag: '"a"' })).toBe('published')
  const good = await lists.goodList(source)
  expect(good).toMatchObject({ state: 'ok', goodVersion: staged.version, entries: 1001, etag: '"a"' })
  expect(byChannel(await readAll(staged.version))).toEqual(byChannel(entries))
  expect(await bench.redis.pttl(bench.keys.sourceList(source, staged.version))).toBe(-1)
})

test('a staged list is mortal, and changes nothing before it is published', async () => {
  const lists = createLists()
  const first = await lists.stage(source)
  await first.write(exampleEntries(3))
  await first.publish({ ...facts, entries: 3 })
  const staged = await lists.stage(source)
  await staged.write(manyOfOneChannel())
  expect((await lists.goodList(source))?.goodVersion).toBe(first.version)
  const key = bench.keys.sourceList(source, staged.version)
  await eventually('it is there, and mortal', async () => (await bench.redis.pttl(key)) > 0)
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

test('progress is told, but not by one who was overtaken', async () => {
  const [older, newer] = [await createLists().stage(source), await createLists().stage(source)]
  expect(await newer.noteProgress(7)).toBe(true)
  expect(await older.noteProgress(9)).toBe(false)
  expect(await createLists().state(source)).toMatchObject({ state: 'importing', progress: 7 })
})

describe('a list with the same content as the good one', () => {
  async function publish(
    entries: ListEntry[],
    more: Partial<typeof facts & { readonly etag: string }> = {},
    chunk = 450,
  ) {
    const staged = await createLists().stage(source)
    for (let at = 0; at < entries.length; at += chunk) await staged.write(entries.slice(at, at + chunk))
    return { outcome: await staged.publish({ ...facts, entries: entries.length, ...more }), version: staged.version }
  }
  const lists = () => bench.names('*:list:*')
  const twice = ['http://h/1', 'http://h/2'].map((url) => ({ ...exampleEntries(1, 'Twice')[0]!, url }))

  test('leaves the good one in place, with newer facts, however it was cut', async () => {
    const first = await publish(exampleEntries(450), { etag: '"a"' })
    const fetchedAt = '2026-01-02T00:00:00.000Z'
    await createLists().noteBegun(source)
    expect((await publish(exampleEntries(450), { etag: '"b"', fetchedAt }, 7)).outcome).toBe('unchanged')
    const state = await createLists().goodList(source)
    expect(state).toMatchObject({ state: 'ok', goodVersion: first.version, entries: 450, etag: '"b"', fetchedAt })
    expect(state?.progress).toBeUndefined()
    expect(await lists()).toHaveLength(1)
    expect(await bench.redis.pttl(bench.keys.sourceList(source, first.version))).toBe(-1)
  })

  test.each<[string, ListEntry[], { readonly epgUrls?: string[] }]>([
    ['one entry differs', [...exampleEntries(448), twice[0]!, { ...twice[1]!, name: 'x' }], {}],
    ['the order in a channel differs', [...exampleEntries(448), ...twice.toReversed()], {}],
    ['the guides differ', [...exampleEntries(448), ...twice], { epgUrls: ['http://g/'] }],
  ])('but not if %s', async (_, entries, more) => {
    await publish([...exampleEntries(448), ...twice])
    const second = await publish(entries, more as Partial<typeof facts>)
    expect(second.outcome).toBe('published')
    expect((await createLists().goodList(source))?.goodVersion).toBe(second.version)
  })

  test('nor if the good one is gone, or has lost packs', async () => {
    const first = await publish(exampleEntries(450))
    await loseOnePack(first.version)
    const second = await publish(exampleEntries(450))
    expect(second.outcome).toBe('published')
    await bench.redis.unlink(bench.keys.sourceList(source, second.version))
    expect((await publish(exampleEntries(450))).outcome).toBe('published')
  })
})

async function loseOnePack(version: number) {
  const key = bench.keys.sourceList(source, version)
  const field = (await bench.redis.hkeys(key)).find((name) => /^[0-9a-f]{2}:/.test(name))!
  await bench.redis.hdel(key, field)
}

describe('damage', () => {
  test('a list that Redis lost packs of is not published', async () => {
    const lists = createLists()
    const staged = await lists.stage(source)
    await staged.write(manyOfOneChannel())
    await eventually('the first packs are there', async () => {
      const key = bench.keys.sourceList(source, staged.version)
      return (await bench.redis.hlen(key)) > 0
    })
    await loseOnePack(staged.version)
    expect(await staged.publish(facts)).toBe('incomplete')
    expect(await lists.goodList(source)).toBeUndefined()
  })

  const key = (version: number) => bench.keys.sourceList(source, version)
  test.each<[string, (version: number) => Promise<unknown>]>([
    ['a list that is gone', (version) => bench.redis.unlink(key(version))],
    ['a list that has lost a pack', loseOnePack],
    ['foreign counts', (version) => bench.redis.hset(key(version), 'packs', '[1]')],
    ['foreign logins', (version) => bench.redis.hset(key(version), 'logins', 'foreign')],
    [
      'a key of another type',
      async (version) => (await bench.redis.unlink(key(version))) && bench.redis.set(key(version), 'x'),
    ],
    [
      'a foreign pack',
      async (version) => {
        for (const field of await bench.redis.hkeys(key(version))) {
          if (/^[0-9a-f]{2}:/.test(field)) await bench.redis.hset(key(version), field, 'foreign')
        }
      },
    ],
  ])('%s is an error with a code', async (_, damage) => {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(10))
    await staged.publish(facts)
    await damage(staged.version)
    await expect(readAll(staged.version)).rejects.toMatchObject({ code: 'LIST_UNREADABLE' })
  })

  test('a list of another shape is good, but to be made anew; one of another format is none', async () => {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(10))
    await staged.publish(facts)
    expect(await createLists().goodList(source)).toMatchObject({ goodVersion: staged.version })
    const other = createSourceLists({ redis: bench.redis, keys: bench.keys, shapeOf: () => 'HD' })
    expect(await createLists().goodList(source)).toMatchObject({ isInShape: true })
    expect(await other.goodList(source)).toMatchObject({ goodVersion: staged.version, isInShape: false })
    await bench.redis.hset(bench.keys.sourceState(source), 'shape', '1 ')
    expect(await createLists().goodList(source)).toBeUndefined()
  })

  test('a good version whose list is gone is no good list', async () => {
    await bench.redis.hset(bench.keys.sourceState(source), { goodVersion: '5', state: 'ok', shape: '2 ' })
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

test('a list has the shape of the settings that it was fetched with, although they have changed meanwhile', async () => {
  let shape = 'old'
  const lists = createSourceLists({ redis: bench.redis, keys: bench.keys, shapeOf: () => shape })
  const staged = await lists.stage(source, lists.shape(source))
  shape = 'new'
  await staged.write(exampleEntries(3))
  await staged.publish({ ...facts, entries: 3 })
  expect((await lists.goodList(source))?.isInShape).toBe(false)
  shape = 'old'
  expect((await lists.goodList(source))?.isInShape).toBe(true)
})

describe('a doubtful list', () => {
  const doubt = { reason: 'shrunk', message: 'too few' }

  async function putAside(count: number) {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(count, 'Doubtful'))
    await staged.putAside({ ...facts, entries: count }, doubt)
    return staged
  }
  async function publish(count: number) {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(count))
    await staged.publish({ ...facts, entries: count, groups: [['All', count]], torn: true, filtered: 2 })
    return staged
  }
  const isThere = ({ version }: { readonly version: number }) =>
    bench.redis.exists(bench.keys.sourceList(source, version))

  test('changes nothing, and is shown', async () => {
    const good = await publish(9)
    const aside = await putAside(3)
    const state = await createLists().goodList(source)
    expect(state).toMatchObject({
      goodVersion: good.version,
      entries: 9,
      groups: [['All', 9]],
      torn: true,
      filtered: 2,
    })
    const { fetchedAt } = facts
    expect(state?.quarantine).toEqual({ version: aside.version, ...doubt, entries: 3, fetchedAt })
    expect(await bench.redis.pttl(bench.keys.sourceList(source, aside.version))).toBeGreaterThan(3_600_000)
  })

  test('becomes the good one when it is accepted, and ends the alarm', async () => {
    await publish(9)
    const aside = await putAside(3)
    const lists = createLists()
    await lists.raiseAlarm(source, { code: 'shrunk', message: 'too few', since: facts.fetchedAt })
    expect((await lists.state(source)).alarm).toEqual({ code: 'shrunk', message: 'too few', since: facts.fetchedAt })
    expect(await lists.accept(source)).toBe('accepted')
    const state = await lists.goodList(source)
    expect(state).toMatchObject({ state: 'ok', goodVersion: aside.version, entries: 3 })
    expect(state).not.toHaveProperty('alarm')
    expect(state).not.toHaveProperty('quarantine')
    expect((await readAll(aside.version)).map(({ name }) => name)).toContain('Doubtful 2')
    expect(await bench.redis.pttl(bench.keys.sourceList(source, aside.version))).toBe(-1)
    expect(await lists.accept(source)).toBe('nothing-put-aside')
  })

  test('gives way to a later one, to a good one, and to the good one being unchanged', async () => {
    await publish(9)
    const first = await putAside(3)
    const second = await putAside(4)
    expect([await isThere(first), await isThere(second)]).toEqual([0, 1])
    await publish(10)
    expect(await isThere(second)).toBe(0)
    expect(await createLists().accept(source)).toBe('nothing-put-aside')
    const third = await putAside(4)
    await createLists().noteUnchanged(source, facts.fetchedAt)
    expect(await isThere(third)).toBe(0)
    expect((await createLists().goodList(source))?.entries).toBe(10)
  })

  test('whose time is over cannot be accepted, nor can what is older than the good one', async () => {
    await publish(9)
    const gone = await putAside(3)
    await bench.redis.unlink(bench.keys.sourceList(source, gone.version))
    expect(await createLists().accept(source)).toBe('nothing-put-aside')
    expect((await createLists().goodList(source))?.entries).toBe(9)
    expect(await createLists().state(source)).not.toHaveProperty('quarantine')
  })

  test('leaves with its source', async () => {
    const aside = await putAside(3)
    await createLists().forget(source)
    expect(await isThere(aside)).toBe(0)
  })
})
