import { describe, expect, test } from '@jest/globals'
import { figuresOf } from './figures.ts'
import type { RunResult } from './scenario.ts'

const row = { rig: { limit: 1 }, targets: [{ what: 'gap of others', atMostMs: 1_000 }] }

const run = (changes: Partial<RunResult> = {}): RunResult => ({
  samples: { 'gap of others': [500, 600] },
  endedResponses: 0,
  maxConnections: 1,
  newConnections: 1,
  violations: [],
  cleanAfterMs: 10,
  ...changes,
})

describe('a row', () => {
  test('holds when nothing is wrong in any run', () => {
    const figures = figuresOf(row, [run(), run({ newConnections: 2 })])
    expect(figures).toMatchObject({ isHeld: true, runs: 2, newConnections: [1, 2], maxConnections: 1 })
    expect(figures.targets).toEqual([
      { what: 'gap of others', atMostMs: 1_000, p50: 600, p95: 600, max: 600, isHeld: true },
    ])
  })

  test.each<[string, RunResult[]]>([
    ['it was never played', []],
    ['what it measures was not measured', [run({ samples: {} })]],
    ['p95 is above the target', [run({ samples: { 'gap of others': [1_001] } })]],
    ['a response ended', [run(), run({ endedResponses: 1 })]],
    ['the provider saw one connection too many', [run({ maxConnections: 2 })]],
    ['anything else was wrong', [run({ violations: ['1 slots left'] })]],
  ])('does not hold when %s', (_, results) => {
    expect(figuresOf(row, results).isHeld).toBe(false)
  })

  test('does not hold when the provider saw an unexpected number of new connections', () => {
    const counted = { ...row, newConnections: { exactly: 0 } }
    expect(figuresOf(counted, [run({ newConnections: 0 })]).isHeld).toBe(true)
    expect(figuresOf(counted, [run({ newConnections: 0 }), run({ newConnections: 1 })]).isHeld).toBe(false)
  })

  test('counts the runs of each violation', () => {
    const figures = figuresOf(row, [run({ violations: ['a', 'b'] }), run({ violations: ['a'] }), run()])
    expect([...figures.violations]).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })
})
