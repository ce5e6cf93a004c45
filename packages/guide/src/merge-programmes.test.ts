import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fillSchedule } from './fill-schedule.ts'
import { mergeProgrammes } from './merge-programmes.ts'
import type { ReadProgramme } from './model.ts'

const HOUR_MS = 3_600_000
const WINDOW = { fromMs: 0, toMs: 100 * HOUR_MS }

/** Times in hours. */
function programme(start: number, stop: number | undefined, title = `${start}`): ReadProgramme {
  return { startMs: start * HOUR_MS, stopMs: stop === undefined ? undefined : stop * HOUR_MS, body: title }
}

const hours = (guides: ReadProgramme[][], window = WINDOW) =>
  mergeProgrammes(guides, window).map(({ startMs, stopMs, body }) => [startMs / HOUR_MS, stopMs / HOUR_MS, body])

describe('one guide', () => {
  test.each<[string, ReadProgramme[], unknown[]]>([
    [
      'is sorted',
      [programme(2, 3), programme(1, 2)],
      [
        [1, 2, '1'],
        [2, 3, '2'],
      ],
    ],
    [
      'a missing stop is the next start',
      [programme(1, undefined), programme(2, 3)],
      [
        [1, 2, '1'],
        [2, 3, '2'],
      ],
    ],
    ['the last one without a stop gets three hours', [programme(1, undefined)], [[1, 4, '1']]],
    [
      'a missing stop before a long gap too',
      [programme(1, undefined), programme(9, 10)],
      [
        [1, 4, '1'],
        [9, 10, '9'],
      ],
    ],
    [
      'an overlap is cut',
      [programme(1, 3), programme(2, 4)],
      [
        [1, 2, '1'],
        [2, 4, '2'],
      ],
    ],
    ['the later of two at the same time counts', [programme(1, 2, 'a'), programme(1, 2, 'b')], [[1, 2, 'b']]],
    ['nothing lasts longer than two days', [programme(1, 99)], [[1, 49, '1']]],
  ])('%s', (_, programmes, expected) => {
    expect(hours([programmes])).toEqual(expected)
  })

  test('leaves out programmes outside the window, and keeps those that overlap it whole', () => {
    const guide = [programme(1, 2), programme(2, 4), programme(4, 6), programme(6, 7)]
    expect(hours([guide], { fromMs: 3 * HOUR_MS, toMs: 5 * HOUR_MS })).toEqual([
      [2, 4, '2'],
      [4, 6, '4'],
    ])
  })
})

describe('several guides', () => {
  test.each<[string, ReadProgramme[], ReadProgramme[], unknown[]]>([
    ['the first one wins', [programme(1, 2, 'a')], [programme(1, 2, 'b')], [[1, 2, 'a']]],
    [
      'the second one fills a gap',
      [programme(1, 2), programme(3, 4)],
      [programme(2, 3, 'b')],
      [
        [1, 2, '1'],
        [2, 3, 'b'],
        [3, 4, '3'],
      ],
    ],
    [
      'is cut to the gap',
      [programme(1, 2), programme(3, 4)],
      [programme(1.5, 3.5, 'b')],
      [
        [1, 2, '1'],
        [2, 3, 'b'],
        [3, 4, '3'],
      ],
    ],
    [
      'fills two gaps',
      [programme(2, 3, 'a')],
      [programme(1, 4, 'b')],
      [
        [1, 2, 'b'],
        [2, 3, 'a'],
        [3, 4, 'b'],
      ],
    ],
    ['crumbs are left out', [programme(1, 2)], [programme(1, 2.01, 'b')], [[1, 2, '1']]],
    [
      'goes on where the first one ends',
      [programme(1, 2)],
      [programme(2, 3), programme(3, 4)],
      [
        [1, 2, '1'],
        [2, 3, '2'],
        [3, 4, '3'],
      ],
    ],
    ['an empty first one is no obstacle', [], [programme(2, 3)], [[2, 3, '2']]],
  ])('%s', (_, first, second, expected) => {
    expect(hours([first, second])).toEqual(expected)
  })

  test('the result is always in order, without overlaps, and keeps the first guide', () => {
    const guide = fc.array(
      fc.record({
        start: fc.integer({ min: 0, max: 90 }),
        length: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      }),
      { maxLength: 15 },
    )
    fc.assert(
      fc.property(fc.array(guide, { minLength: 1, maxLength: 3 }), (guides) => {
        const read = guides.map((entries) =>
          entries.map(({ start, length }) => programme(start, length === undefined ? undefined : start + length)),
        )
        const merged = mergeProgrammes(read, WINDOW)
        for (const [index, { startMs, stopMs }] of merged.entries()) {
          expect(stopMs).toBeGreaterThan(startMs)
          expect(startMs).toBeGreaterThanOrEqual(merged[index - 1]?.stopMs ?? 0)
        }
        expect(merged).toEqual(expect.arrayContaining(mergeProgrammes(read.slice(0, 1), WINDOW)))
      }),
    )
  })
})

test('a channel without programmes is filled with blocks that stay in place', () => {
  const first = fillSchedule('A & B', { fromMs: 5 * HOUR_MS, toMs: 13 * HOUR_MS })
  expect(first.map(({ startMs, stopMs, body }) => [startMs / HOUR_MS, stopMs / HOUR_MS, body])).toEqual([
    [4, 8, '<title>A &amp; B</title>'],
    [8, 12, '<title>A &amp; B</title>'],
    [12, 16, '<title>A &amp; B</title>'],
  ])
  expect(fillSchedule('A & B', { fromMs: 6 * HOUR_MS, toMs: 14 * HOUR_MS })).toEqual(first)
})
