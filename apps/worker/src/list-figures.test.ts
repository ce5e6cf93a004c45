import { expect, test } from '@jest/globals'
import { createListFigures, largestGroups, MAX_GROUPS_KEPT, namesOfLost } from './list-figures.ts'

const asItIs = (group: string) => group
const inGroup = (group: string) => ({ attributes: [['group-title', group] as const] })

test('counts a bounded number of groups, however many a list has', () => {
  const figures = createListFigures()
  figures.add([inGroup('A'), inGroup('B'), inGroup('A'), { attributes: [] }])
  expect(figures.read(false, asItIs)).toMatchObject({
    entries: 4,
    groups: new Map([
      ['A', 2],
      ['B', 1],
      ['', 1],
    ]),
  })
  figures.add(Array.from({ length: 50_000 }, (_, index) => inGroup(`group ${index}`)))
  figures.add([inGroup('A')])
  const { entries, groups } = figures.read(false, asItIs)
  expect([entries, groups.size, groups.get('A')]).toEqual([50_005, 20_000, 3])
  const kept = largestGroups(groups)
  expect(kept).toHaveLength(MAX_GROUPS_KEPT)
  expect(kept[0]).toEqual(['A', 3])
})

test('names of groups are made fit to be shown', () => {
  const figures = createListFigures()
  figures.add([inGroup('of joe77')])
  expect([...figures.read(false, (group) => group.replace('joe77', '…')).groups.keys()]).toEqual(['of …'])
})

test('names at most five of the groups that a list has lost, each at a bounded length', () => {
  const of = (...names: string[]) => ({ entries: 1, torn: false, groups: new Map(names.map((name) => [name, 1])) })
  expect(namesOfLost(of('News', 'Sport', ''), of('News'))).toEqual(['Sport'])
  expect(namesOfLost(of('News;Sport'), of('News', 'Sport'))).toEqual([])
  const [first, ...others] = namesOfLost(of('x'.repeat(900), 'a', 'b', 'c', 'd', 'e', 'f'), of('News'))
  expect([first?.length, others]).toEqual([200, ['a', 'b', 'c', 'd']])
})
