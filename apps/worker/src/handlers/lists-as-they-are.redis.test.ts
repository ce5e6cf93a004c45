import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { type ImportFixture, startImportFixture } from '../../test-support/import-fixture.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let fixture: ImportFixture
beforeAll(async () => {
  fixture = await startImportFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const list = (...entries: ReadonlyArray<readonly [name: string, address: string]>) =>
  ['#EXTM3U', ...entries.map(([name, address]) => `#EXTINF:-1,${name}\n${address}`), ''].join('\n')

test('a refused list reports its unusable items, how often, and in which line', async () => {
  const { importAll, lists, sources } = fixture.setUp({
    one: list(['First', 'gopher://h/1'], ['Second', 'gopher://h/2'], ['Third', 'http://h:99999/']),
  })
  await expect(importAll()).rejects.toThrow(
    'list refused: the list has no entries; left out: 2 unsupported-scheme (first in line 3), 1 bad-url (first in line 7)',
  )
  const { alarm, skipped, skippedFirst } = await lists.state(sources[0]!.id)
  expect(alarm).toMatchObject({ code: 'empty', message: expect.stringContaining('2 unsupported-scheme') })
  expect(skipped).toEqual({ 'unsupported-scheme': 2, 'bad-url': 1 })
  expect(skippedFirst).toContainEqual({ reason: 'bad-url', line: 7 })
})

test('accepts multicast by the name of its protocol', async () => {
  const { importAll, build, channels } = fixture.setUp({ one: list(['First', 'igmp://239.0.0.1:5140']) })
  await importAll()
  await build()
  expect((await channels()).map(({ name, streams }) => [name, streams[0]?.url])).toEqual([
    ['First', 'udp://@239.0.0.1:5140'],
  ])
})

test('logos in folders of a large service stay; one that reveals an account is left out, and counted', async () => {
  const logo = (path: string) =>
    `#EXTINF:-1 tvg-logo="https://static.example.com${path}",${path}\nhttp://p.example/live/joe77/word88/1.ts\n`
  const harmless = '/epg/cms/production/0a1b2c3d-0000-4000-8000-000000000000/Channel_LOGO.png'
  const { importAll, build, channels, lists, sources } = fixture.setUp({
    one: `#EXTM3U\n${logo(harmless)}${logo('/art/joe77/word88/77.png')}`,
  })
  await importAll()
  await build()
  const logos = (await channels()).map(({ attributes }) => attributes.find(([key]) => key === 'tvg-logo')?.[1])
  expect(logos.toSorted()).toEqual([`https://static.example.com${harmless}`, undefined])
  expect((await lists.state(sources[0]!.id)).skipped).toEqual({ 'login-in-attribute': 1 })
})

test('counts each group of a channel', async () => {
  const { importAll, lists, sources } = fixture.setUp({
    one: '#EXTM3U\n#EXTINF:-1 group-title="News;Culture",A\nhttp://h/1\n#EXTINF:-1 group-title="News",B\nhttp://h/2\n',
  })
  await importAll()
  expect((await lists.state(sources[0]!.id)).groups).toEqual([
    ['News', 2],
    ['Culture', 1],
  ])
})

test('the header line of a later source does not affect the channels of an earlier one', async () => {
  const { importAll, build, channels } = fixture.setUp({
    one: '#EXTM3U tvg-shift="1"\n#EXTINF:-1 tvg-id="one",One\nhttp://h/1\n#EXTINF:-1 tvg-id="two",Two\nhttp://h/2\n',
    two: '#EXTM3U tvg-shift="-5"\n#EXTINF:-1 tvg-id="uno",One\nhttp://i/1\n#EXTINF:-1 tvg-id="tre",Three\nhttp://i/3\n',
  })
  await importAll()
  await build()
  const shifts = (await channels()).map(({ name, attributes }) => [name, new Map(attributes).get('tvg-shift')])
  expect(new Map(shifts as Array<[string, string]>)).toEqual(
    new Map([
      ['One', '1'],
      ['Two', '1'],
      ['Three', '-5'],
    ]),
  )
})
