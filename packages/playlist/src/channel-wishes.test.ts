import { expect, test } from '@jest/globals'
import type { Attributes } from './attributes.ts'
import { type ChannelWish, createChannelWishes, withWish } from './channel-wishes.ts'
import { compareSortKeys, sortKey } from './sort-streams.ts'

const attributes: Attributes = [
  ['TVG_ID', 'bbc.uk'],
  ['tvg-chno', '7'],
  ['channel-number', '8'],
  ['group-title', 'UK'],
]

test.each<[string, Omit<ChannelWish, 'channel'>, string, Attributes]>([
  ['nothing', {}, 'BBC', attributes],
  ['a name', { rename: 'BBC One' }, 'BBC One', [...attributes, ['tvg-name', 'BBC One']]],
  [
    'a number, in place of all others',
    { number: '101' },
    'BBC',
    [
      ['TVG_ID', 'bbc.uk'],
      ['group-title', 'UK'],
      ['tvg-chno', '101'],
    ],
  ],
  [
    'values, where they stood and in the same spelling',
    { guideId: 'one.uk', group: 'News' },
    'BBC',
    [
      ['TVG_ID', 'one.uk'],
      ['tvg-chno', '7'],
      ['channel-number', '8'],
      ['group-title', 'News'],
    ],
  ],
  ['a logo that the list lacks', { logo: 'http://l/1.png' }, 'BBC', [...attributes, ['tvg-logo', 'http://l/1.png']]],
])('a wish for %s', (_, wish, name, expected) => {
  const channel = { id: 'c', name: 'BBC', attributes }
  expect(withWish(channel, { channel: 'BBC', ...wish })).toEqual({ id: 'c', name, attributes: expected })
})

test('wishes find their channel by id or by name; others are reported', () => {
  const wishes = ['aaaa', 'BBC', 'Gone', 'bbbb'].map((channel) => ({ channel }))
  const found = createChannelWishes(wishes, (name) => `id of ${name}`)
  expect(found.find('aaaa')).toBe(wishes[0])
  expect(found.find('id of BBC')).toBe(wishes[1])
  expect(found.find('other')).toBeUndefined()
  expect(found.unmatched().map(({ channel }) => channel)).toEqual(['Gone', 'bbbb'])
})

test.each(['asc', 'desc'] as const)('assigned places come first, even in a list that runs %s', (direction) => {
  const order = { field: 'name', direction }
  const keys = [
    sortKey({ name: 'B', attributes: [] }, 'b', order),
    sortKey({ name: 'A', attributes: [] }, 'a', order),
    sortKey({ name: 'D', attributes: [] }, 'd', order, 2),
    sortKey({ name: 'C', attributes: [] }, 'c', order, 1),
  ]
  const ids = keys.toSorted(compareSortKeys(direction)).map(([, , id]) => id)
  expect(ids).toEqual(['c', 'd', ...(direction === 'asc' ? ['a', 'b'] : ['b', 'a'])])
})
