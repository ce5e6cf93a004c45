import { expect, test } from '@jest/globals'
import { createListFigures, largestGroups, MAX_GROUPS_KEPT } from './list-figures.ts'

const asItIs = (group: string) => group
const inGroup = (group: string) => ({ attributes: [['group-title', group] as const] })

test.each<[string, Uint8Array[], boolean]>([
  ['a line feed', [Buffer.from('a\n')], false],
  ['both', [Buffer.from('a\r\n')], false],
  ['a carriage return', [Buffer.from('a\r')], false],
  ['UTF-16, little endian', [Buffer.from('a\n', 'utf16le')], false],
  ['one letter of the next line', [Buffer.from('a\nb')], true],
  ['nothing', [Buffer.from('a\n'), Buffer.from('b')], true],
  ['a line feed, and then the end of the parser', [Buffer.from('a\n'), new Uint8Array()], false],
])('a list that ends with %s', (_, chunks, expected) => {
  const figures = createListFigures()
  for (const chunk of chunks) figures.add(chunk, [])
  expect(figures.read(asItIs).torn).toBe(expected)
})

test('groups are counted, and only so many, whatever a list has', () => {
  const figures = createListFigures()
  figures.add(new Uint8Array(), [inGroup('A'), inGroup('B'), inGroup('A'), { attributes: [] }])
  expect(figures.read(asItIs)).toMatchObject({
    entries: 4,
    groups: new Map([
      ['A', 2],
      ['B', 1],
      ['', 1],
    ]),
  })
  figures.add(
    new Uint8Array(),
    Array.from({ length: 50_000 }, (_, index) => inGroup(`group ${index}`)),
  )
  figures.add(new Uint8Array(), [inGroup('A')])
  const { entries, groups } = figures.read(asItIs)
  expect([entries, groups.size, groups.get('A')]).toEqual([50_005, 20_000, 3])
  const kept = largestGroups(groups)
  expect(kept).toHaveLength(MAX_GROUPS_KEPT)
  expect(kept[0]).toEqual(['A', 3])
})

test('names of groups are made fit to be shown', () => {
  const figures = createListFigures()
  figures.add(new Uint8Array(), [inGroup('of joe77')])
  expect([...figures.read((group) => group.replace('joe77', '…')).groups.keys()]).toEqual(['of …'])
})
