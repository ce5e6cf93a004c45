import { expect, test } from '@jest/globals'
import type { Source } from '@kptv/config'
import { lineupOf } from './lineup.ts'
import { tunerCount } from './tuner-count.ts'

const channel = (name: string, number?: string) => ({
  id: name,
  name,
  attributes: number === undefined ? [] : [['tvg-chno', number] as const],
  streams: [],
})

test.each<[string, Array<string | undefined>, number[], string[]]>([
  ['numbers of lists stay', ['7', '5.1'], [], ['7', '5.1']],
  ['others get lasting ones', ['7', undefined, undefined], [12345, 23456], ['7', '12345', '23456']],
  ['a list that uses a lasting number keeps it', ['12345', undefined], [12345], ['12345', '12345.1']],
  ['also where the next one is taken too', [undefined, '12345', '12345.1'], [12345], ['12345.11', '12345', '12345.1']],
  ['what is not a number counts as none', ['BS 141', '0', ''], [1, 2, 3], ['1', '2', '3']],
])('%s', (_, given, lasting, expected) => {
  const channels = given.map((number, index) => channel(String(index), number))
  expect(lineupOf(channels, lasting).map(({ number }) => number)).toEqual(expected)
})

const source = (id: string, limit: number, accountId = id) =>
  ({ id, limit, accountId, secrets: [] }) as unknown as Source

test.each<[string, string[], ReturnType<typeof source>[], number | undefined, number]>([
  ['the limits of all sources', ['a', 'b'], [source('a', 2), source('b', 3)], undefined, 5],
  ['only of sources behind its channels', ['a'], [source('a', 2), source('b', 3)], undefined, 2],
  ['an account counts once', ['a', 'b'], [source('a', 2, 'x'), source('b', 2, 'x')], undefined, 2],
  ['the user may watch less', ['a'], [source('a', 9)], 2, 2],
  ['at least one', [], [source('a', 2)], undefined, 1],
  ['without a limit, as many as a recorder can bear', ['a'], [source('a', 1_000_000)], undefined, 64],
])('tuners: %s', (_, behind, sources, userLimit, expected) => {
  expect(tunerCount(new Set(behind), sources, userLimit)).toBe(expected)
})
