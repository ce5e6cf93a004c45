import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createKeys, type Redis } from '@kptv/redis'
import type { RedisForTests } from '@kptv/testkit'
import { type Body, type ImportFixture, startImportFixture } from '../../test-support/import-fixture.ts'
import { exampleList } from '../../test-support/list-server.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let fixture: ImportFixture
let server: RedisForTests
let redis: Redis
beforeAll(async () => {
  fixture = await startImportFixture()
  ;({ server, redis } = fixture)
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const setUp: ImportFixture['setUp'] = (...given) => fixture.setUp(...given)

test('events report a list that was read, an alarm once, and its end', async () => {
  const bodies: Record<string, Body> = { one: exampleList(30) }
  const { import: read, sources, reported } = setUp(bodies)
  const { id: source, name: sourceName } = sources[0]!
  await read(source)
  bodies.one = ''
  for (let attempt = 0; attempt < 2; attempt += 1) await expect(read(source)).rejects.toThrow('list')
  bodies.one = exampleList(31)
  await read(source)
  expect(reported).toMatchObject([
    { type: 'list-read', source, sourceName, entries: 30, before: 0 },
    { type: 'alarm', source, sourceName },
    { type: 'alarm-over', source, sourceName },
    { type: 'list-read', source, entries: 31, before: 30 },
  ])
})

describe('import and build', () => {
  test('two sources: equal names become one channel, streams follow the order of sources, attributes survive', async () => {
    const { importAll, build, channels, sources, reader } = setUp({ one: exampleList(30), two: exampleList(40) })
    await importAll()
    await build()
    const all = await channels()
    expect(all).toHaveLength(40)
    expect(
      all
        .slice(0, 11)
        .map(({ name }) => name)
        .at(-1),
    ).toBe('Channel 11')
    expect(all[0]!.attributes).toEqual([
      ['tvg-id', 'id1'],
      ['tvg-name', 'Channel 1'],
      ['tvg-chno', '1'],
      ['group-title', 'All'],
      ['x-own', 'v,1'],
    ])
    expect(all[0]!.streams.map(({ sourceId }) => sourceId)).toEqual(sources.map(({ id }) => id))
    expect(all[39]!.streams.map(({ sourceId }) => sourceId)).toEqual([sources[1]!.id])
    expect(all[0]!.streams[0]!.url).toMatch(
      /^http:\/\/h\.example\/live\/\{secret-\d\.[0-9a-f]{16}\}\/\{secret-\d\.[0-9a-f]{16}\}\/1\.ts$/,
    )
    const info = await reader.info((await reader.currentGeneration())!)
    expect(info).toMatchObject({ channels: 40, streams: 70 })
    expect(info!.epgUrls).toHaveLength(2)
    expect(JSON.stringify(info)).not.toMatch(/=pass\b/)
  })

  test('descending order', async () => {
    const { importAll, build, channels } = setUp(
      { one: exampleList(12) },
      { order: { field: 'tvg-chno', direction: 'desc' } },
    )
    await importAll()
    await build()
    expect((await channels()).slice(0, 3).map(({ name }) => name)).toEqual(['Channel 12', 'Channel 11', 'Channel 10'])
  })

  test('the same lists and settings are not built twice; other settings are', async () => {
    const first = setUp({ one: exampleList(3) })
    await first.importAll()
    await first.build()
    const generation = await first.reader.currentGeneration()
    await first.build()
    expect(await first.reader.currentGeneration()).toBe(generation)
    const other = setUp({ one: exampleList(3) }, { order: { field: 'name', direction: 'desc' } })
    await other.build()
    expect(await other.reader.currentGeneration()).toBeGreaterThan(generation!)
  })

  test('a removed source takes its channels with it; without any source the catalogue is empty', async () => {
    const both = setUp({ one: exampleList(3), two: exampleList(3, { name: 'Other' }) })
    await both.importAll()
    await both.build()
    expect(await both.channels()).toHaveLength(6)
    const left = setUp({ one: exampleList(3) })
    await left.build()
    expect((await left.channels()).map(({ name }) => name)).toEqual(['Channel 1', 'Channel 2', 'Channel 3'])
    const none = setUp({})
    await none.build()
    expect(await none.channels()).toEqual([])
  })

  test('before the first list the catalogue is missing, not empty', async () => {
    const { build, reader } = setUp({ one: exampleList(3) })
    await build()
    expect(await reader.currentGeneration()).toBeUndefined()
  })

  test('a broken list in Redis is imported again, the catalogue stays', async () => {
    const bodies: Record<string, Body> = { one: exampleList(3) }
    const { importAll, build, sources, reader, lists, refreshed } = setUp(bodies)
    await importAll()
    await build()
    const generation = await reader.currentGeneration()
    bodies.one = exampleList(4)
    await importAll()
    const { goodVersion } = (await lists.goodList(sources[0]!.id))!
    await redis.hset(createKeys(server.keyPrefix).sourceList(sources[0]!.id, goodVersion), 'packs', 'foreign')
    await expect(build()).rejects.toThrow('foreign')
    expect(refreshed).toEqual([sources[0]!.id])
    expect(await lists.goodList(sources[0]!.id)).toBeUndefined()
    expect(await reader.currentGeneration()).toBe(generation)
  })
})

describe('guard', () => {
  const bad: Array<[reason: string, body: Body]> = [
    ['empty', '#EXTM3U\n'],
    ['not-a-playlist', '<!DOCTYPE html><html><body>Service suspended</body></html>'],
    ['shrunk', exampleList(10)],
    ['cut-off', exampleList(80).slice(0, -7)],
    ['groups-lost', exampleList(100).replaceAll('group-title="All"', 'group-title="Other"')],
    ['403', Object.assign(new Error('no'), { name: 'UpstreamError', code: '403' })],
    ['cut-off', Object.assign(new Error('cut-off: http://one.example/…'), { name: 'UpstreamError', code: 'cut-off' })],
  ]

  test.each(bad)(
    '%s: the last good list stays, an alarm is raised, the next good list ends it',
    async (reason, body) => {
      const bodies: Record<string, Body> = { one: exampleList(100) }
      const { importAll, build, channels, lists, sources, reader } = setUp(bodies)
      await importAll()
      await build()
      const generation = await reader.currentGeneration()
      bodies.one = body
      await expect(importAll()).rejects.toMatchObject({ name: 'ImportFailed', reason })
      await build()
      expect(await reader.currentGeneration()).toBe(generation)
      const { alarm, ...failed } = await lists.state(sources[0]!.id)
      expect(failed).toMatchObject({ state: 'failed', reason, entries: 100 })
      expect(alarm).toMatchObject({ code: reason, since: expect.stringMatching(/^20/) })
      await expect(importAll()).rejects.toMatchObject({ reason })
      expect((await lists.state(sources[0]!.id)).alarm?.since).toBe(alarm?.since)
      bodies.one = exampleList(60)
      await importAll()
      await build()
      const healed = await lists.state(sources[0]!.id)
      expect(healed).toMatchObject({ state: 'ok', entries: 60 })
      expect([healed.alarm, healed.quarantine]).toEqual([undefined, undefined])
      // The good one, and the one that it replaced.
      expect(await redis.keys('*:list:*')).toHaveLength(2)
      expect(await channels()).toHaveLength(60)
    },
  )
})

test('a list that shrank for good reason is put aside, and served when a person accepts it', async () => {
  const bodies: Record<string, Body> = { one: exampleList(100) }
  const { importAll, build, channels, lists, sources } = setUp(bodies)
  await importAll()
  bodies.one = exampleList(10)
  await expect(importAll()).rejects.toMatchObject({ reason: 'shrunk' })
  expect((await lists.state(sources[0]!.id)).quarantine).toMatchObject({ reason: 'shrunk', entries: 10 })
  expect(await lists.accept(sources[0]!.id)).toBe('accepted')
  await build()
  expect(await channels()).toHaveLength(10)
  await importAll()
  expect(await lists.goodList(sources[0]!.id)).toMatchObject({ state: 'ok', entries: 10 })
})

test('a published list stays, even when the build cannot be requested', async () => {
  const { importAll, lists, sources, jobs } = setUp({ one: exampleList(9) })
  jobs.requestBuild = () => Promise.reject(new Error('Redis has just gone'))
  await expect(importAll()).rejects.toMatchObject({ name: 'ImportFailed' })
  expect(await lists.goodList(sources[0]!.id)).toMatchObject({ entries: 9 })
})

test('filters keep a part of the list, and do not look like a loss to the guard', async () => {
  const films = exampleList(60, { name: 'Film' })
    .replaceAll('/live/', '/movie/')
    .replace(/^#EXTM3U.*\n/, '')
  const bodies: Record<string, Body> = { one: { etag: '"v1"', body: exampleList(9) + films } }
  const all = setUp(bodies)
  await all.importAll()
  const filters = {
    include: [{ field: 'kind', pattern: 'live' }],
    exclude: [{ field: 'name', pattern: '[57]$' }],
  } as const
  const some = setUp(bodies, { source: { filters } })
  await some.importAll()
  await some.build()
  expect((await some.channels()).map(({ name }) => name.slice(-1)).join('')).toBe('1234689')
  expect(await some.lists.goodList(some.sources[0]!.id)).toMatchObject({ entries: 7, filtered: 62 })
  // "Not modified" would have answered a different request.
  expect(some.conditions).toEqual([undefined])
  await some.importAll()
  expect(some.conditions).toEqual([undefined, '"v1"'])
  const none = setUp(bodies, { source: { filters: { include: [{ field: 'name', pattern: 'nothing' }], exclude: [] } } })
  await expect(none.importAll()).rejects.toMatchObject({ reason: 'all-filtered' })
  expect(await none.lists.goodList(none.sources[0]!.id)).toMatchObject({ entries: 7 })
})

test('an account that a list reveals only in its last entry is in no attribute and no guide of the catalogue', async () => {
  const list = [
    '#EXTM3U url-tvg="http://g.example/canary-one/canary-two,http://g.example/free.xml"',
    '#EXTINF:-1 tvg-id="one" tvg-logo="http://p.example/canary-one/canary-two/77.png",One',
    'http://p.example/intro.ts',
    '#EXTINF:-1,Two',
    'http://p.example/canary-one/canary-two/2.ts',
  ]
  const { importAll, build, channels, reader } = setUp({ one: list.join('\n') })
  await importAll()
  await build()
  const [one, two] = await channels()
  expect(one!.attributes).toEqual([['tvg-id', 'one']])
  expect(two!.streams[0]!.url).toContain('canary-one')
  const info = await reader.info((await reader.currentGeneration())!)
  expect(info!.epgUrls.map(({ url }) => url)).toEqual(['http://g.example/free.xml'])
})

describe('conditional requests', () => {
  test('an unchanged list is not imported again', async () => {
    const bodies: Record<string, Body> = { one: { etag: '"v1"', body: exampleList(5) } }
    const { importAll, conditions, lists, sources } = setUp(bodies)
    await importAll()
    const before = (await lists.goodList(sources[0]!.id))!.goodVersion
    bodies.one = 'not-modified'
    await importAll()
    expect(conditions).toEqual([undefined, '"v1"'])
    expect(await lists.goodList(sources[0]!.id)).toMatchObject({ goodVersion: before, state: 'ok' })
  })

  test('nor is one that arrives again in full: no new list, no new generation', async () => {
    const { importAll, build, lists, sources, reader } = setUp({ one: exampleList(500) })
    await importAll()
    await build()
    const [before, generation] = [await lists.goodList(sources[0]!.id), await reader.currentGeneration()]
    await importAll()
    await build()
    const after = await lists.goodList(sources[0]!.id)
    expect(after).toMatchObject({ goodVersion: before!.goodVersion, state: 'ok', entries: 500 })
    expect(after!.fetchedAt! >= before!.fetchedAt!).toBe(true)
    expect(await reader.currentGeneration()).toBe(generation)
    expect(await redis.keys('*:list:*')).toHaveLength(1)
  })

  test('no request is conditional when the good list is gone', async () => {
    const { importAll, conditions } = setUp({ one: { etag: '"v1"', body: exampleList(5) } })
    await importAll()
    await redis.unlink(...(await redis.keys('*:list:*')))
    await importAll()
    expect(conditions).toEqual([undefined, undefined])
  })
})

test('a job of an unknown source, or without one, does nothing', async () => {
  const { import: run, builds } = setUp({ one: exampleList(5) })
  await run('s9-nobody')
  await run(undefined as unknown as string)
  expect(builds()).toBe(0)
  expect(await redis.dbsize()).toBe(0)
})
