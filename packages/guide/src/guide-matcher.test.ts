import { expect, test } from '@jest/globals'
import { GuideMatcher } from './guide-matcher.ts'
import type { GuideChannel } from './model.ts'
import { type WantedChannel, WantedIndex } from './wanted-index.ts'

const GUIDE: GuideChannel[] = [
  { id: 'One.uk', names: ['Channel One', '1'] },
  { id: 'two.uk', names: ['Channel Two'] },
  { id: 'Two.uk', names: ['Channel Two HD'] },
  { id: 'other-one', names: ['Channel One'] },
]
const nameKey = (name: string) => name.toLowerCase().trim()

function matcherOf(...channels: ReadonlyArray<Partial<WantedChannel>>) {
  const index = new WantedIndex(nameKey)
  for (const channel of channels) index.add({ id: 'x', name: 'Unknown', guideIds: [], ...channel })
  return new GuideMatcher(index)
}

function matchOf(channel: Partial<WantedChannel>) {
  const matcher = matcherOf(channel)
  for (const guideChannel of GUIDE) matcher.add(guideChannel)
  return [...matcher.matches()][0]
}

test.each<[string, Partial<WantedChannel>, unknown]>([
  ['an id as it is spelt', { guideIds: ['Two.uk'] }, { guideChannelId: 'Two.uk', by: 'tvg-id' }],
  ['an id in other case', { guideIds: ['one.UK'] }, { guideChannelId: 'One.uk', by: 'tvg-id-without-case' }],
  [
    'the first id in other case of several',
    { guideIds: ['TWO.UK'] },
    { guideChannelId: 'two.uk', by: 'tvg-id-without-case' },
  ],
  [
    'an exact id before one in other case',
    { guideIds: ['ONE.uk', 'two.uk'] },
    { guideChannelId: 'two.uk', by: 'tvg-id' },
  ],
  ['a name; the first guide channel of it', { name: ' channel one' }, { guideChannelId: 'One.uk', by: 'name' }],
  ['another name', { otherNames: ['Channel Two HD'] }, { guideChannelId: 'Two.uk', by: 'name' }],
  ['an id before a name', { guideIds: ['two.uk'], name: 'Channel One' }, { guideChannelId: 'two.uk', by: 'tvg-id' }],
  ['nothing', { guideIds: ['three.uk'] }, undefined],
])('%s', (_, channel, expected) => {
  expect(matchOf(channel)).toEqual(expected && expect.objectContaining(expected))
})

test("the operator's decision wins", () => {
  expect(matchOf({ guideIds: ['two.uk'], mappedTo: 'One.uk' })).toMatchObject({ guideChannelId: 'One.uk', by: 'map' })
})

test('a channel mapped to a missing guide channel gets no guide, rather than a guessed one', () => {
  expect(matchOf({ guideIds: ['two.uk'], mappedTo: '' })).toBeUndefined()
  expect(matchOf({ guideIds: ['two.uk'], mappedTo: 'gone' })).toBeUndefined()
})

test('a better match replaces an earlier one, and the version shows it', () => {
  const matcher = matcherOf({ name: 'Channel One', guideIds: ['late'] })
  matcher.add({ id: 'One.uk', names: ['Channel One'] })
  expect([...matcher.receivers('One.uk')]).toEqual([0])
  const { version } = matcher
  matcher.add({ id: 'unrelated', names: ['Other'] })
  expect(matcher.version).toBe(version)
  matcher.add({ id: 'late', names: [] })
  expect([...matcher.receivers('One.uk')]).toEqual([])
  expect([...matcher.receivers('late')]).toEqual([0])
  expect(matcher.version).toBeGreaterThan(version)
})

test('a guide channel that only programmes name is known by its id', () => {
  const matcher = matcherOf({ guideIds: ['only.programmes'] })
  expect([...matcher.receivers('ONLY.programmes')]).toEqual([0])
  expect([...matcher.receivers('only.programmes')]).toEqual([0])
})

test('a channel that a guide channel loses and regains is served once', () => {
  const matcher = matcherOf({ name: 'Channel One', guideIds: ['ONE.UK'] }, { name: 'Channel One' })
  matcher.add({ id: 'one.uk', names: [] })
  matcher.add({ id: 'other', names: ['Channel One'] })
  matcher.add({ id: 'ONE.UK', names: [] })
  expect([...matcher.receivers('ONE.UK')]).toEqual([0])
  expect([...matcher.receivers('one.uk')]).toEqual([])
  matcher.add({ id: 'other', names: [] })
  expect([...matcher.receivers('other')]).toEqual([1])
})

test('finds channels by number among many, and all that share a key', () => {
  const channels = Array.from({ length: 20_000 }, (_, index) => ({
    id: `${index}`,
    guideIds: [`guide-${index}`, `every-${index % 2}`],
  }))
  const matcher = matcherOf(...channels)
  matcher.add({ id: 'every-1', names: [] })
  expect(matcher.receivers('every-1')).toHaveLength(10_000)
  for (const channel of [0, 1, 63, 64, 4_097, 19_999])
    expect([...matcher.receivers(`guide-${channel}`)]).toEqual([channel])
  expect(matcher.receivers('every-1')).toHaveLength(10_000 - 4)
  expect([...matcher.matches()]).toHaveLength(10_002)
})

test('any number of unwanted guide channels does not change the matches', () => {
  const matcher = matcherOf({ guideIds: ['wanted'] })
  for (let index = 0; index < 60_000; index += 1) matcher.add({ id: `unwanted-${index}`, names: [] })
  expect([...matcher.receivers('wanted')]).toEqual([0])
  expect([...matcher.receivers('unwanted-1')]).toEqual([])
})
