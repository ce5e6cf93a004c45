import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Channel } from './model.ts'
import { compareSortKeys, DEFAULT_SORT_ORDER, type SortOrder, sortKey } from './sort-streams.ts'

const channel = (name: string, attributes: Channel['attributes'] = []): Channel => ({
  key: name.toLowerCase(),
  name,
  attributes,
  streams: [],
})

function sortChannels(channels: Channel[], order: SortOrder = DEFAULT_SORT_ORDER): Channel[] {
  const compare = compareSortKeys(order.direction)
  return channels
    .map((item) => ({ item, key: sortKey(item, item.key, order) }))
    .sort((first, second) => compare(first.key, second.key))
    .map(({ item }) => item)
}
const sortedNames = (channels: Channel[], order?: SortOrder) => sortChannels(channels, order).map(({ name }) => name)

test.each([
  ['numbers by size', ['TSN 1', 'TSN 2', 'TSN 10', 'TSN 010b', 'TSN 100']],
  ['case and accents do not matter', ['alpha', 'École', 'Elan', 'Zulu']],
  ['digits before letters', ['1 Live', '20 Minuten', 'ARD', 'arte']],
  ['scripts in their order', ['BBC', 'Россия 1', 'Россия 2', 'العربية', '電視']],
  ['full-width digits are digits', ['TV 2', 'TV ３', 'TV 10']],
])('%s', (_, names) => {
  expect(sortedNames(names.toReversed().map((name) => channel(name)))).toEqual(names)
  const order = { field: 'name', direction: 'desc' } as const
  expect(
    sortedNames(
      names.map((name) => channel(name)),
      order,
    ),
  ).toEqual(names.toReversed())
})

test('tvg-name falls back to the name, in any spelling', () => {
  const channels = [
    channel('a', [['tvg-name', 'z']]),
    channel('m'),
    channel('y', [['TVG_NAME', 'b']]),
    channel('c', [['tvg-name', ' ']]),
  ]
  expect(sortedNames(channels)).toEqual(['y', 'c', 'm', 'a'])
})

describe('missing values come last in both directions, ties are broken by name, then by id', () => {
  const channels = [
    channel('d'),
    channel('b', [['group-title', 'News']]),
    channel('c', [['group-title', '']]),
    channel('a', [['group-title', 'news']]),
    channel('e', [['group-title', 'Sport']]),
    channel('E', [['group-title', 'Sport']]),
  ].map((entry, index) => ({ ...entry, key: `${entry.key}${index}` }))
  test.each([
    ['asc', ['a', 'b', 'e', 'E', 'c', 'd']],
    ['desc', ['e', 'E', 'a', 'b', 'c', 'd']],
  ] as const)('%s', (direction, expected) => {
    expect(sortedNames(channels, { field: 'group-title', direction })).toEqual(expected)
    expect(sortedNames(channels.toReversed(), { field: 'group-title', direction })).toEqual(expected)
  })
})

test('numbers that are not channel numbers count as missing', () => {
  const numbers = ['3', '-1', '5.1', '0', '1e309', 'BS141', '10', '', '007']
  const channels = numbers.map((number, index) => channel(`${index}`, [['tvg-chno', number]]))
  const sorted = sortChannels(channels, { field: 'tvg-chno', direction: 'asc' }).map(
    ({ attributes }) => attributes[0]![1],
  )
  expect(sorted).toEqual(['3', '5.1', '007', '10', 'BS141', '-1', '0', '1e309', ''])
})

test('the order does not depend on the previous order', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 8 }), {
    selector: (name) => name.toLowerCase(),
  })
  fc.assert(
    fc.property(names, fc.infiniteStream(fc.nat()), (list, random) => {
      const weights = new Map(list.map((name) => [name, random.next().value as number]))
      const shuffled = list.toSorted((first, second) => weights.get(first)! - weights.get(second)!)
      const channels = (of: string[]) => of.map((name) => channel(name))
      expect(sortedNames(channels(shuffled))).toEqual(sortedNames(channels(list)))
    }),
  )
})
