import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { mergeProgrammes, type ReadProgramme } from '@kptv/guide'
import { startFixture } from '../../test-support/redis-fixture.ts'
import type { CatalogChannel } from '../record-format.ts'
import { channelGuides } from './channel-guides.ts'
import { createGuideLists } from './guide-lists.ts'
import type { ReadFacts } from './guide-state.ts'
import { createGuideStore } from './guide-store.ts'
import { createGuideWriter } from './guide-writer.ts'
import type { StagedProgramme } from './programme-pack.ts'

type Fixture = Awaited<ReturnType<typeof startFixture>>
let fixture: Fixture

beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const channelId = (number: number) => number.toString(16).padStart(16, '0').split('').reverse().join('')
const programme = (startMs: number, body = `<title>${startMs}</title>`): ReadProgramme => ({
  startMs,
  stopMs: startMs + 10,
  body,
})
const read = (matchedProgrammes = 1): ReadFacts => ({
  fetchedAt: '2026-01-01T00:00:00.000Z',
  etag: '"1"',
  wanted: 'digest',
  facts: { programmes: 9, matchedProgrammes, channels: 3, lastStartMs: 5, matched: { 'tvg-id': 2 }, skipped: {} },
})

async function readAll(lists: ReturnType<typeof createGuideLists>, guideId: string, version: number) {
  const found: StagedProgramme[] = []
  for (let bucket = 0; bucket < 256; bucket += 1) {
    for await (const pack of lists.readBucket(guideId, version, bucket)) found.push(...pack)
  }
  return found
}

test('a staged guide is read back whole, from packs that stay small', async () => {
  const lists = createGuideLists(fixture)
  const staged = await lists.stage('g1')
  // More than waits in memory, over all buckets, each channel's programmes apart.
  const all = Array.from({ length: 20_000 }, (_, index) => ({
    channelId: channelId(index % 1000),
    programme: programme(index, 'x'.repeat(300)),
  }))
  for (let at = 0; at < all.length; at += 500) await staged.write(all.slice(at, at + 500))
  expect(await staged.publish(read(), [])).toBe('published')
  const good = await lists.goodGuide('g1')
  expect(good).toMatchObject({ state: 'ok', etag: '"1"', wanted: 'digest', facts: read().facts })
  const found = await readAll(lists, 'g1', good?.goodVersion ?? 0)
  const order = (list: readonly StagedProgramme[]) =>
    [...list].sort((a, b) => a.programme.startMs - b.programme.startMs)
  expect(order(found)).toEqual(all)
})

test('the last good version stays until the next one is published, then expires', async () => {
  const lists = createGuideLists(fixture)
  const first = await lists.stage('g1')
  await first.write([{ channelId: channelId(1), programme: programme(1) }])
  await first.publish(read(), [])
  const { goodVersion: firstVersion = 0 } = await lists.state('g1')

  const second = await lists.stage('g1')
  await second.write([{ channelId: channelId(1), programme: programme(2) }])
  await lists.raiseAlarm('g1', { code: 'guide-empty', message: 'empty', since: 'now' })
  expect(await lists.goodGuide('g1')).toMatchObject({
    goodVersion: firstVersion,
    state: 'failed',
    alarm: { code: 'guide-empty' },
  })

  expect(await second.publish(read(), [])).toBe('published')
  const good = await lists.goodGuide('g1')
  expect(good?.alarm).toBeUndefined()
  expect(good?.goodVersion).toBeGreaterThan(firstVersion)
  expect(await fixture.redis.pttl(fixture.keys.guideProgrammes('g1', firstVersion))).toBeGreaterThan(0)
  expect(await fixture.redis.pttl(fixture.keys.guideProgrammes('g1', good?.goodVersion ?? 0))).toBe(-1)
})

test('of two workers the one that started later wins, and lost packs are noticed', async () => {
  const lists = createGuideLists(fixture)
  const earlier = await lists.stage('g1')
  const later = await lists.stage('g1')
  await earlier.write([{ channelId: channelId(1), programme: programme(1) }])
  await later.write([{ channelId: channelId(1), programme: programme(2) }])
  expect(await later.publish(read(), [])).toBe('published')
  expect(await earlier.publish(read(), [])).toBe('older')

  const lost = await lists.stage('g1')
  await lost.write([{ channelId: channelId(1), programme: programme(1) }])
  await fixture.redis.del(...(await fixture.names('*programmes*')))
  await fixture.redis.hset(fixture.keys.guideProgrammes('g1', 1), 'a', 'b')
  expect(await lost.publish(read(), [])).toBe('published')
  await fixture.redis.del(fixture.keys.guideProgrammes('g1', (await lists.state('g1')).goodVersion ?? 0))
  expect(await lists.goodGuide('g1')).toBeUndefined()
})

test('foreign packs are refused by name', async () => {
  const lists = createGuideLists(fixture)
  const staged = await lists.stage('g1')
  await staged.write([{ channelId: channelId(0), programme: programme(1) }])
  await staged.publish(read(), [])
  const { goodVersion = 0 } = await lists.state('g1')
  await fixture.redis.hset(fixture.keys.guideProgrammes('g1', goodVersion), '00:0', 'foreign')
  await expect(readAll(lists, 'g1', goodVersion)).rejects.toMatchObject({ code: 'GUIDE_UNREADABLE' })
})

test('the way each channel was matched is read back, in the order of the playlist', async () => {
  const lists = createGuideLists(fixture)
  // In every part of the buckets.
  const matches = [1, 2, 5, 9, 300].map((number) => ({
    channelId: channelId(number),
    guideChannelId: `id "${number}"`,
    by: 'name',
  }))
  for (const guideId of ['g1', 'g2']) {
    const staged = await lists.stage(guideId)
    await staged.write([{ channelId: channelId(1), programme: programme(1) }])
    expect(await staged.publish(read(), guideId === 'g1' ? matches : matches.slice(1, 2))).toBe('published')
  }
  await lists.noteNames(
    new Map([
      ['g1', 'First'],
      ['g2', 'Second'],
      ['g3', 'never read'],
    ]),
  )
  const catalog = {
    currentGeneration: async () => 1,
    async *channelsInOrder() {
      for (const number of [300, 9, 5, 4, 2])
        yield { id: channelId(number), name: `Channel ${number}` } as CatalogChannel
    },
  }
  const found = await Array.fromAsync(channelGuides(catalog, lists))
  expect(found.map(({ name, guides }) => [name, ...guides.map((one) => Object.values(one).join(' / '))])).toEqual([
    ['Channel 300', 'First / id "300" / name'],
    ['Channel 9', 'First / id "9" / name'],
    ['Channel 5', 'First / id "5" / name'],
    ['Channel 4'],
    ['Channel 2', 'First / id "2" / name', 'Second / id "2" / name'],
  ])
})

test('a built guide is served by number, and the previous one stays readable for a while', async () => {
  const writer = createGuideWriter(fixture)
  const store = createGuideStore(fixture)
  expect(await store.current()).toBeUndefined()

  const window = { fromMs: 0, toMs: 1000 }
  const first = await writer.begin()
  await first.write(
    new Map([
      [channelId(1), mergeProgrammes([[programme(1), programme(20)]], window)],
      [channelId(2), []],
    ]),
  )
  expect(await first.finish({ builtAt: 'now', inputs: 'a', matched: 2 })).toBe('current')
  const number = (await store.current()) ?? 0
  expect(await store.info(number)).toEqual({ builtAt: 'now', inputs: 'a', matched: 2, channels: 1, programmes: 2 })
  const [one, two] = await Array.fromAsync(store.programmes(number, [channelId(1), channelId(2)]))
  expect(one?.map(({ startMs }) => startMs)).toEqual([1, 20])
  expect(two).toEqual([])

  const second = await writer.begin()
  expect(await second.finish({ builtAt: 'later', inputs: 'b', matched: 0 })).toBe('current')
  expect(await Array.fromAsync(store.programmes(number, [channelId(1)]))).toEqual([one])
  expect(await fixture.redis.pttl(fixture.keys.guideMerged(number))).toBeGreaterThan(0)
})

test('an older build never replaces a newer one, and an incomplete one is refused', async () => {
  const writer = createGuideWriter(fixture)
  const older = await writer.begin()
  const newer = await writer.begin()
  await newer.finish({ builtAt: 'now', inputs: 'a', matched: 2 })
  expect(await older.finish({ builtAt: 'now', inputs: 'b', matched: 0 })).toBe('older')

  const incomplete = await writer.begin()
  await incomplete.write(new Map([[channelId(1), mergeProgrammes([[programme(1)]], { fromMs: 0, toMs: 9 })]]))
  await fixture.redis.del(...(await fixture.names('*{guide}:*:programmes')))
  expect(await incomplete.finish({ builtAt: 'now', inputs: 'c', matched: 0 })).toBe('incomplete')
})
