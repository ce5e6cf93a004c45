import { describe, expect, test } from '@jest/globals'
import { createEntryFilter } from './entry-filter.ts'
import { groupNames, groupParts } from './group-names.ts'
import { judgeImport } from './import-guard.ts'

test.each([
  ['News;Culture', ['News', 'Culture']],
  ['News | Culture', ['News', 'Culture']],
  [' News ; ;News', ['News']],
  ['News', ['News']],
  ['', ['']],
  [';', [';']],
])('%j names the groups %j', (title, parts) => {
  expect(groupParts(title)).toEqual(parts)
  expect(groupNames(title)).toContain(title)
  expect(groupNames(title)).toEqual(expect.arrayContaining(parts))
})

describe('a channel that is in two groups', () => {
  const entry = (group: string) => ({ name: 'A', url: 'http://t/1', attributes: [['group-title', group]] as const })
  const only = (pattern: RegExp) => [{ field: 'group' as const, fits: (text: string) => pattern.test(text) }]

  test('is included by a filter for either, and excluded by one against either', () => {
    const include = createEntryFilter({ include: only(/^Culture$/), exclude: [] })
    expect(['News;Culture', 'News|Culture', 'News'].map((group) => include(entry(group)))).toEqual([true, true, false])
    const exclude = createEntryFilter({ include: [], exclude: only(/^Culture$/) })
    expect(['News;Culture', 'News'].map((group) => exclude(entry(group)))).toEqual([false, true])
  })

  test('is also found by its whole text', () => {
    expect(createEntryFilter({ include: only(/^News;Culture$/), exclude: [] })(entry('News;Culture'))).toBe(true)
  })

  test('is not lost for the guard if its groups used to be counted as one text', () => {
    const figures = (groups: ReadonlyArray<[string, number]>) => ({ entries: 10, groups: new Map(groups), torn: false })
    const judge = (list: ReadonlyArray<[string, number]>) =>
      judgeImport({
        previous: figures([['News;Culture', 10]]),
        list: figures(list),
        kept: 10,
        notAPlaylist: undefined,
        thresholds: { minKeep: 0.5, minKeepGroups: 0.5 },
      })
    expect(
      judge([
        ['News', 10],
        ['Culture', 10],
      ]),
    ).toEqual({ accepted: true })
    expect(judge([['News', 10]])).toMatchObject({ reason: 'groups-lost' })
  })
})
