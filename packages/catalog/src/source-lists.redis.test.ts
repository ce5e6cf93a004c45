import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { exampleEntries, facts, readAll, source } from '../test-support/example-list.ts'
import { startFixture } from '../test-support/redis-fixture.ts'
import type { ListEntry } from './list-entry.ts'
import { createSourceLists } from './source-lists.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const createLists = () => createSourceLists({ redis: fixture.redis, keys: fixture.keys })

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
  expect(byChannel(await readAll(createLists(), staged.version))).toEqual(byChannel(entries))
  expect(await fixture.redis.pttl(fixture.keys.sourceList(source, staged.version))).toBe(-1)
})

test('a staged list expires, and changes nothing before it is published', async () => {
  const lists = createLists()
  const first = await lists.stage(source)
  await first.write(exampleEntries(3))
  await first.publish({ ...facts, entries: 3 })
  const staged = await lists.stage(source)
  await staged.write(manyOfOneChannel())
  expect((await lists.goodList(source))?.goodVersion).toBe(first.version)
  const key = fixture.keys.sourceList(source, staged.version)
  await eventually('it is there, and expires', async () => (await fixture.redis.pttl(key)) > 0)
  await staged.discard()
  expect(await fixture.redis.exists(fixture.keys.sourceList(source, staged.version))).toBe(0)
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
    expect(await readAll(createLists(), first.version)).toHaveLength(5)
    expect(await fixture.redis.pttl(fixture.keys.sourceList(source, first.version))).toBeGreaterThan(500_000)
  })
})

test('progress is reported, but not by an import that was overtaken', async () => {
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
  const lists = () => fixture.names('*:list:*')
  const twice = ['http://h/1', 'http://h/2'].map((url) => ({ ...exampleEntries(1, 'Twice')[0]!, url }))

  test('leaves the good list in place with newer facts, however the content was split into packs', async () => {
    const first = await publish(exampleEntries(450), { etag: '"a"' })
    const fetchedAt = '2026-01-02T00:00:00.000Z'
    await createLists().noteBegun(source)
    expect((await publish(exampleEntries(450), { etag: '"b"', fetchedAt }, 7)).outcome).toBe('unchanged')
    const state = await createLists().goodList(source)
    expect(state).toMatchObject({ state: 'ok', goodVersion: first.version, entries: 450, etag: '"b"', fetchedAt })
    expect(state?.progress).toBeUndefined()
    expect(await lists()).toHaveLength(1)
    expect(await fixture.redis.pttl(fixture.keys.sourceList(source, first.version))).toBe(-1)
  })

  test.each<[string, ListEntry[], { readonly epgUrls?: string[] }]>([
    ['one entry differs', [...exampleEntries(448), twice[0]!, { ...twice[1]!, name: 'x' }], {}],
    ['the order in a channel differs', [...exampleEntries(448), ...twice.toReversed()], {}],
    ['the guides differ', [...exampleEntries(448), ...twice], { epgUrls: ['http://g/'] }],
  ])('is published if %s', async (_, entries, more) => {
    await publish([...exampleEntries(448), ...twice])
    const second = await publish(entries, more as Partial<typeof facts>)
    expect(second.outcome).toBe('published')
    expect((await createLists().goodList(source))?.goodVersion).toBe(second.version)
  })

  test('is published if the good list is gone, or has lost packs', async () => {
    const first = await publish(exampleEntries(450))
    await loseOnePack(first.version)
    const second = await publish(exampleEntries(450))
    expect(second.outcome).toBe('published')
    await fixture.redis.unlink(fixture.keys.sourceList(source, second.version))
    expect((await publish(exampleEntries(450))).outcome).toBe('published')
  })
})

async function loseOnePack(version: number) {
  const key = fixture.keys.sourceList(source, version)
  const field = (await fixture.redis.hkeys(key)).find((name) => /^[0-9a-f]{2}:/.test(name))!
  await fixture.redis.hdel(key, field)
}

describe('damage', () => {
  test('a list that Redis has partly lost is not published', async () => {
    const lists = createLists()
    const staged = await lists.stage(source)
    await staged.write(manyOfOneChannel())
    await eventually('the first packs are there', async () => {
      const key = fixture.keys.sourceList(source, staged.version)
      return (await fixture.redis.hlen(key)) > 0
    })
    await loseOnePack(staged.version)
    expect(await staged.publish(facts)).toBe('incomplete')
    expect(await lists.goodList(source)).toBeUndefined()
  })

  const key = (version: number) => fixture.keys.sourceList(source, version)
  test.each<[string, (version: number) => Promise<unknown>]>([
    ['a list that is gone', (version) => fixture.redis.unlink(key(version))],
    ['a list that has lost a pack', loseOnePack],
    ['foreign counts', (version) => fixture.redis.hset(key(version), 'packs', '[1]')],
    ['foreign logins', (version) => fixture.redis.hset(key(version), 'logins', 'foreign')],
    [
      'a key of another type',
      async (version) => (await fixture.redis.unlink(key(version))) && fixture.redis.set(key(version), 'x'),
    ],
    [
      'a foreign pack',
      async (version) => {
        for (const field of await fixture.redis.hkeys(key(version))) {
          if (/^[0-9a-f]{2}:/.test(field)) await fixture.redis.hset(key(version), field, 'foreign')
        }
      },
    ],
  ])('%s is an error with a code', async (_, damage) => {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(10))
    await staged.publish(facts)
    await damage(staged.version)
    await expect(readAll(createLists(), staged.version)).rejects.toMatchObject({ code: 'LIST_UNREADABLE' })
  })

  test('a list of another shape is good, but will be imported again; a list of another format is not', async () => {
    const staged = await createLists().stage(source)
    await staged.write(exampleEntries(10))
    await staged.publish(facts)
    expect(await createLists().goodList(source)).toMatchObject({ goodVersion: staged.version })
    const other = createSourceLists({ redis: fixture.redis, keys: fixture.keys, shapeOf: () => 'HD' })
    expect(await createLists().goodList(source)).toMatchObject({ isInShape: true })
    expect(await other.goodList(source)).toMatchObject({ goodVersion: staged.version, isInShape: false })
    await fixture.redis.hset(fixture.keys.sourceState(source), 'shape', '1 ')
    expect(await createLists().goodList(source)).toBeUndefined()
  })

  test('a good version whose list is gone is not a good list', async () => {
    await fixture.redis.hset(fixture.keys.sourceState(source), { goodVersion: '5', state: 'ok', shape: '2 ' })
    expect(await createLists().goodList(source)).toBeUndefined()
  })

  test('versions always grow, even if the state was lost', async () => {
    const lists = createLists()
    const first = await lists.stage(source)
    await fixture.redis.hset(fixture.keys.sourceState(source), 'lastVersion', String(first.version + 1e9))
    expect((await lists.stage(source)).version).toBe(first.version + 1e9 + 1)
    const goodVersion = first.version + 2e9
    await fixture.redis.hset(fixture.keys.sourceState(source), { lastVersion: 'text', goodVersion })
    expect((await lists.stage(source)).version).toBe(goodVersion + 1)
  })
})

test('a source that has left leaves nothing behind', async () => {
  const lists = createLists()
  const staged = await lists.stage(source)
  await staged.write(exampleEntries(10))
  await staged.publish(facts)
  await lists.forget(source)
  expect(await fixture.redis.dbsize()).toBe(0)
})

test('a list keeps the shape of the settings it was fetched with, even if they have changed since', async () => {
  let shape = 'old'
  const lists = createSourceLists({ redis: fixture.redis, keys: fixture.keys, shapeOf: () => shape })
  const staged = await lists.stage(source, lists.shape(source))
  shape = 'new'
  await staged.write(exampleEntries(3))
  await staged.publish({ ...facts, entries: 3 })
  expect((await lists.goodList(source))?.isInShape).toBe(false)
  shape = 'old'
  expect((await lists.goodList(source))?.isInShape).toBe(true)
})
