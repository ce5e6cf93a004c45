import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createKeys } from '@kptv/redis'
import { eventually } from '@kptv/testkit'
import { type ImportFixture, startImportFixture } from '../../test-support/import-fixture.ts'
import { exampleList } from '../../test-support/list-server.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let fixture: ImportFixture
beforeAll(async () => {
  fixture = await startImportFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

describe('two workers', () => {
  test('do not fetch one list simultaneously: the second waits, and finds nothing left to do', async () => {
    const [one, other] = [fixture.setUp({ one: exampleList(20_000) }), fixture.setUp({ one: exampleList(20_000) })]
    await Promise.all([one.importAll(), other.importAll()])
    expect(one.conditions.length + other.conditions.length).toBe(1)
    expect(await one.lists.goodList(one.sources[0]!.id)).toMatchObject({ entries: 20_000 })
  })

  test('if the first fails, the second imports', async () => {
    const failing = Object.assign(new Error('cut-off'), { name: 'UpstreamError', code: 'cut-off' })
    const [one, other] = [fixture.setUp({ one: failing }), fixture.setUp({ one: exampleList(7) })]
    const first = one.importAll().catch((error: unknown) => error)
    await eventually('the first is running', () => one.conditions.length === 1, { everyMs: 1 })
    await other.importAll()
    expect(await first).toMatchObject({ reason: 'cut-off' })
    expect(await one.lists.goodList(one.sources[0]!.id)).toMatchObject({ state: 'ok', entries: 7 })
  })

  test("a worker that was overtaken publishes nothing and does not touch the source's state", async () => {
    const [one, other] = [
      fixture.setUp({ one: exampleList(60_000, { name: 'Old' }) }),
      fixture.setUp({ one: exampleList(9) }),
    ]
    const first = one.importAll().catch((error: unknown) => error)
    await eventually('the first is running', () => one.conditions.length === 1, { everyMs: 1 })
    // As after a freeze: its lease has ended, and another worker has imported meanwhile.
    await fixture.redis.unlink(createKeys(fixture.server.keyPrefix).sourceImportLease(one.sources[0]!.id))
    await other.importAll()
    await first
    expect(await one.lists.goodList(one.sources[0]!.id)).toMatchObject({ state: 'ok', entries: 9 })
    expect(await fixture.redis.keys('*:list:*')).toHaveLength(1)
  })
})

describe('settings that shape a list', () => {
  test('GROUP_STRIP_TAGS merges several names into one channel; after a change the old list serves until it is imported again, whole', async () => {
    const body = { etag: '"v1"', body: '#EXTM3U\n#EXTINF:-1,TBS\nhttp://h/1\n#EXTINF:-1,TBS HD\nhttp://h/2\n' }
    const plain = fixture.setUp({ one: body })
    await plain.importAll()
    await plain.build()
    expect((await plain.channels()).map(({ name }) => name)).toEqual(['TBS', 'TBS HD'])
    const stripped = fixture.setUp({ one: body }, { stripTags: ['HD'] })
    await stripped.build()
    expect(await stripped.channels()).toHaveLength(2)
    await stripped.importAll()
    expect(stripped.conditions).toEqual([undefined])
    await stripped.build()
    const [only, ...others] = await stripped.channels()
    expect({ name: only!.name, streams: only!.streams.length, others }).toEqual({ name: 'TBS', streams: 2, others: [] })
  })
})

test('a channel that has left all lists is hidden for the grace period, and plays by its id', async () => {
  const bodies = { one: exampleList(10) }
  let hour = 0
  const nowMs = () => Date.UTC(2026, 0, 1) + hour * 3_600_000
  const { importAll, build, channels, reader } = fixture.setUp(bodies, { removedGraceMs: 24 * 3_600_000, nowMs })
  const run = async (list: string) => {
    bodies.one = list
    await importAll()
    await build()
  }
  await run(exampleList(10))
  const last = (await channels()).find(({ name }) => name === 'Channel 10')!
  hour = 1
  await run(exampleList(9))
  expect(await channels()).toHaveLength(9)
  expect(await reader.channel(last.id)).toEqual(last)
  hour = 26
  await run(exampleList(8))
  expect(await reader.channel(last.id)).toBeUndefined()
})

test('a number claimed by two channels becomes two numbers, and the first source keeps it', async () => {
  const entry = (name: string, number: string) => `#EXTINF:-1 tvg-chno="${number}",${name}\nhttp://h/${name}.ts\n`
  const { importAll, build, channels } = fixture.setUp({
    one: `#EXTM3U\n${entry('A', '7')}${entry('B', '8')}${entry('X', 'BS1')}`,
    two: `#EXTM3U\n${entry('C', '7')}${entry('D', '9')}${entry('B', '3')}${entry('Y', 'BS1')}`,
  })
  await importAll()
  await build()
  const numbers = Object.fromEntries((await channels()).map(({ name, attributes }) => [name, attributes[0]![1]]))
  expect(numbers).toEqual({ A: '7', B: '8', C: expect.stringMatching(/^7\.\d{1,2}$/), D: '9', X: 'BS1', Y: 'BS1' })
})

test('skipped items are reported with reason and line', async () => {
  const { importAll, lists, sources } = fixture.setUp({
    one: '#EXTM3U\n#EXTINF:-1,A\nftp://h/1\n#EXTINF:-1,B\n#EXTINF:-1,C\nhttp://h/3\n',
  })
  await importAll()
  expect(await lists.state(sources[0]!.id)).toMatchObject({
    skipped: { 'unsupported-scheme': 1, 'entry-without-url': 1 },
    skippedFirst: [
      { reason: 'unsupported-scheme', line: 3 },
      { reason: 'entry-without-url', line: 4 },
    ],
  })
})
