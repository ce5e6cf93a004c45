import { describe, expect, test } from '@jest/globals'
import { type ImportFacts, judgeImport, type ListFigures } from './import-guard.ts'

const figures = (entries: number, groups: Record<string, number> = { All: entries }, torn = false): ListFigures => ({
  entries,
  torn,
  groups: new Map(Object.entries(groups)),
})

const judge = (list: ListFigures, facts: Partial<ImportFacts> = {}) => {
  const thresholds = { minKeep: 0.5, minKeepGroups: 0.5 }
  return judgeImport({ previous: undefined, list, kept: list.entries, notAPlaylist: undefined, thresholds, ...facts })
}
const outcome = (...args: Parameters<typeof judge>) => {
  const verdict = judge(...args)
  if (verdict.accepted) return 'accepted'
  expect(verdict.message).not.toBe('')
  return `${verdict.reason}${verdict.doubtful ? ', a person may accept it' : ''}`
}
const DOUBT = ', a person may accept it'

test.each<[string, ListFigures, Partial<ImportFacts>, string]>([
  ['a first list', figures(1), {}, 'accepted'],
  ['a list after an empty one', figures(1), { previous: figures(0) }, 'accepted'],
  ['half of it', figures(500), { previous: figures(1000) }, 'accepted'],
  ['less than half', figures(499), { previous: figures(1000) }, `shrunk${DOUBT}`],
  ['10 %', figures(100), { previous: figures(1000) }, `shrunk${DOUBT}`],
  ['five times as much', figures(5000), { previous: figures(1000) }, 'accepted'],
  ['nothing', figures(0), {}, 'empty'],
  ['nothing, after something', figures(0), { previous: figures(1000) }, 'empty'],
  ['an HLS playlist', figures(7), { notAPlaylist: 'hls-media-playlist' }, 'not-a-playlist'],
  ['HTML', figures(0), { previous: figures(1000), notAPlaylist: 'html' }, 'not-a-playlist'],
  ['all filtered', figures(10), { previous: figures(10), kept: 0 }, 'all-filtered'],
  ['most filtered', figures(1000), { previous: figures(1000), kept: 1 }, 'accepted'],
  ['no line end, and fewer', figures(900, undefined, true), { previous: figures(1000) }, `cut-off${DOUBT}`],
  ['no line end, and not fewer', figures(1000, undefined, true), { previous: figures(1000) }, 'accepted'],
  ['no line end, as before', figures(900, undefined, true), { previous: figures(1000, undefined, true) }, 'accepted'],
])('%s: %s', (_, list, facts, expected) => {
  expect(outcome(list, facts)).toBe(expected)
})

describe('thresholds', () => {
  test.each([
    [0.8, 799, `shrunk${DOUBT}`],
    [0.8, 800, 'accepted'],
    [0, 1, 'accepted'],
    [1, 999, `shrunk${DOUBT}`],
  ])('%d of the entries: %d are %s', (minKeep, entries, expected) => {
    expect(outcome(figures(entries), { previous: figures(1000), thresholds: { minKeep, minKeepGroups: 0 } })).toBe(
      expected,
    )
  })

  test('groups count by their entries', () => {
    const previous = figures(100, { Large: 90, A: 2, B: 2, C: 2, D: 4 })
    expect(outcome(figures(100, { Large: 100 }), { previous })).toBe('accepted')
    expect(outcome(figures(100, { A: 25, B: 25, C: 25, D: 25 }), { previous })).toBe(`groups-lost${DOUBT}`)
    const off = { minKeep: 0.5, minKeepGroups: 0 }
    expect(outcome(figures(100, { A: 25 }), { previous, thresholds: off })).toBe('accepted')
  })

  test('groups with exactly the minimum share are enough', () => {
    const previous = figures(100, { A: 50, B: 50 })
    expect(outcome(figures(100, { A: 50, C: 50 }), { previous })).toBe('accepted')
    expect(outcome(figures(100, { A: 49, C: 51 }), { previous: figures(100, { A: 49, B: 51 }) })).toBe(
      `groups-lost${DOUBT}`,
    )
  })

  test('a channel in two groups has lost its place if one of them is gone', () => {
    const previous = figures(100, { 'News;Culture': 60, News: 40 })
    expect(outcome(figures(100, { News: 100 }), { previous })).toBe(`groups-lost${DOUBT}`)
    expect(outcome(figures(100, { News: 50, Culture: 50 }), { previous })).toBe('accepted')
  })

  test('names some of the lost groups', () => {
    const previous = figures(80, { '': 10, b: 10, c: 10, d: 10, e: 10, f: 10, g: 10, h: 10 })
    expect(judge(figures(80, { other: 80 }), { previous })).toMatchObject({
      message: "groups with most of the last good list's entries are gone: (without a group), b, c, d, e and 3 more",
    })
  })
})
