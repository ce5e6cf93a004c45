import { expect, test } from '@jest/globals'
import { matchChannels, type WantedChannel } from './match-channels.ts'
import type { GuideChannel } from './model.ts'

const GUIDE: GuideChannel[] = [
  { id: 'One.uk', names: ['Channel One', '1'] },
  { id: 'two.uk', names: ['Channel Two'] },
  { id: 'Two.uk', names: ['Channel Two HD'] },
  { id: 'other-one', names: ['Channel One'] },
]
const nameKey = (name: string) => name.toLowerCase().trim()

function matchOf(channel: Partial<WantedChannel>, map?: ReadonlyMap<string, string>) {
  const wanted = { id: 'x', name: 'Unknown', guideIds: [], ...channel }
  return matchChannels([wanted], GUIDE, { nameKey, ...(map === undefined ? {} : { map }) }).get('x')
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
  expect(matchOf(channel)).toEqual(expected)
})

test("the operator's map wins, by id or by name", () => {
  expect(matchOf({ guideIds: ['two.uk'] }, new Map([['x', 'One.uk']]))).toEqual({ guideChannelId: 'One.uk', by: 'map' })
  expect(matchOf({ name: 'N' }, new Map([['N', 'One.uk']]))).toEqual({ guideChannelId: 'One.uk', by: 'map' })
})

test('a channel that is mapped to a missing guide channel gets no guide, rather than a guessed one', () => {
  expect(matchOf({ guideIds: ['two.uk'] }, new Map([['x', '']]))).toBeUndefined()
  expect(matchOf({ guideIds: ['two.uk'] }, new Map([['x', 'gone']]))).toBeUndefined()
})
