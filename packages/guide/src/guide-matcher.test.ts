import { expect, test } from '@jest/globals'
import { GuideMatcher, type WantedChannel } from './guide-matcher.ts'
import type { GuideChannel } from './model.ts'

const GUIDE: GuideChannel[] = [
  { id: 'One.uk', names: ['Channel One', '1'] },
  { id: 'two.uk', names: ['Channel Two'] },
  { id: 'Two.uk', names: ['Channel Two HD'] },
  { id: 'other-one', names: ['Channel One'] },
]
const nameKey = (name: string) => name.toLowerCase().trim()

function matcherOf(channel: Partial<WantedChannel>, map?: ReadonlyMap<string, string>) {
  const wanted = { id: 'x', name: 'Unknown', guideIds: [], ...channel }
  return new GuideMatcher([wanted], { nameKey, ...(map === undefined ? {} : { map }) })
}

function matchOf(channel: Partial<WantedChannel>, map?: ReadonlyMap<string, string>) {
  const matcher = matcherOf(channel, map)
  for (const guideChannel of GUIDE) matcher.add(guideChannel)
  return matcher.matches.get('x')
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

test("the operator's map wins, by id or by name", () => {
  expect(matchOf({ guideIds: ['two.uk'] }, new Map([['x', 'One.uk']]))).toMatchObject({
    guideChannelId: 'One.uk',
    by: 'map',
  })
  expect(matchOf({ name: 'N' }, new Map([['N', 'One.uk']]))).toMatchObject({ guideChannelId: 'One.uk', by: 'map' })
})

test('a channel that is mapped to a missing guide channel gets no guide, rather than a guessed one', () => {
  expect(matchOf({ guideIds: ['two.uk'] }, new Map([['x', '']]))).toBeUndefined()
  expect(matchOf({ guideIds: ['two.uk'] }, new Map([['x', 'gone']]))).toBeUndefined()
})

test('a better match replaces one that came before, and the version tells', () => {
  const matcher = matcherOf({ name: 'Channel One', guideIds: ['late'] })
  matcher.add({ id: 'One.uk', names: ['Channel One'] })
  expect([...matcher.receivers('One.uk')]).toEqual(['x'])
  const { version } = matcher
  matcher.add({ id: 'unrelated', names: ['Other'] })
  expect(matcher.version).toBe(version)
  matcher.add({ id: 'late', names: [] })
  expect([...matcher.receivers('One.uk')]).toEqual([])
  expect([...matcher.receivers('late')]).toEqual(['x'])
  expect(matcher.version).toBeGreaterThan(version)
})

test('a guide channel that only programmes name is known by its id', () => {
  const matcher = matcherOf({ guideIds: ['only.programmes'] })
  expect([...matcher.receivers('ONLY.programmes')]).toEqual(['x'])
  expect([...matcher.receivers('only.programmes')]).toEqual(['x'])
})
