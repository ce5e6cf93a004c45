import { expect, test } from '@jest/globals'
import { figuresOf } from './figures.ts'
import { chaosTable, replaceBlock } from './report.ts'
import type { Row } from './rows.ts'

test('a row has one line, and one more for each target; violations follow', () => {
  const row: Row = {
    name: 'kill',
    title: 'kill -9',
    rig: { limit: 1 },
    run: () => Promise.reject(new Error('not played here')),
    targets: [{ what: 'gap of others', atMostMs: 1_000 }],
  }
  const result = {
    samples: { 'gap of others': [1_500] },
    endedResponses: 0,
    maxConnections: 1,
    newConnections: 1,
    violations: ['1 slots left'],
    cleanAfterMs: 2_000,
  }
  expect(chaosTable([{ row, figures: figuresOf(row, [result]) }])).toEqual([
    '                      runs      p50      p95     most       target   ended   at once   new    clean',
    '  kill -9                1                                               0       1/1     1   2.00 s   NOT HELD',
    '      gap of others          1.50 s   1.50 s   1.50 s   ! ≤ 1.00 s',
    '',
    '  kill: 1 slots left (in 1 of 1 runs)',
  ])
})

test('a table replaces the old one in a document, and nothing else', () => {
  const text = 'before\n<!-- chaos -->\nold $1\n<!-- /chaos -->\nafter\n'
  expect(replaceBlock(text, ['new', '$2'])).toBe('before\n<!-- chaos -->\n```\nnew\n$2\n```\n<!-- /chaos -->\nafter\n')
  expect(() => replaceBlock('nothing', [])).toThrow('has no')
})
