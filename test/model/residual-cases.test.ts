import { describe, expect, test } from '@jest/globals'
import type { Fault } from './faults.ts'
import type { ResidualCase } from './residual-cases.ts'
import { RULES, type Rules, withTiming } from './rules.ts'
import { runSchedule } from './run-schedule.ts'

type Case = {
  readonly name: string
  readonly faults: Fault[]
  readonly expected: ResidualCase[]
  readonly rates?: number[]
  readonly rules?: Rules
  readonly seeds?: number
}

const fault = (at: number, kind: Fault['kind'], ms = 0): Fault => ({ at, kind, ms, aim: 0 })
const SLOW = [1 / 1.5, 1]
const WATCH_THEN_LINK = [fault(2900, 'liveness watch cut'), fault(3100, 'black hole to Redis', 5000)]

const CASES: Case[] = [
  {
    name: 'both frozen for longer than lease and quarantine',
    faults: [fault(3000, 'freeze process and supervisor', 24_000)],
    expected: ['process and supervisor frozen beyond lease and quarantine'],
  },
  {
    name: 'both frozen for less than lease and quarantine',
    faults: [fault(3000, 'freeze process and supervisor', 15_000)],
    expected: [],
  },
  {
    name: 'the process frozen for as long as you like: its supervisor kills it',
    faults: [fault(3000, 'freeze process', 24_000)],
    expected: [],
  },
  {
    name: 'power lost, and the provider counts for 24 s',
    faults: [fault(3000, 'lose power', 12_000)],
    expected: ['host lost power, connection half-open beyond lease and quarantine'],
  },
  { name: 'power lost, and the provider counts for 16 s', faults: [fault(3000, 'lose power', 8000)], expected: [] },
  {
    name: 'Redis restarts empty while both are frozen',
    faults: [fault(3000, 'freeze process and supervisor', 10_000), fault(3500, 'Redis restarts empty', 300)],
    expected: ['Redis lost its memory while the holder was frozen or without power'],
  },
  {
    name: 'Redis restarts empty while the process is frozen',
    faults: [fault(3000, 'freeze process', 10_000), fault(3500, 'Redis restarts empty', 300)],
    expected: [],
  },
  {
    name: 'the liveness watch is cut and the link is gone',
    faults: [fault(3000, 'black hole to Redis', 5000), fault(3050, 'liveness watch cut')],
    expected: ['liveness watch cut, and the close did not reach the holder'],
  },
  { name: 'the liveness watch is cut', faults: [fault(3000, 'liveness watch cut')], expected: [] },
  { name: 'the liveness watch is cut, then the link is gone', faults: WATCH_THEN_LINK, expected: [] },
  {
    name: 'the same on a host whose clock is 1.5 times slower',
    faults: WATCH_THEN_LINK,
    rates: SLOW,
    seeds: 1000,
    expected: [],
  },
]

describe('a source with limit 1 sees a second connection only in the residual cases', () => {
  test.each(CASES)('$name', ({ faults, expected, rates = [1, 1], rules = RULES, seeds = 40 }) => {
    const seen = new Set<ResidualCase>()
    for (let seed = 1; seed <= seeds; seed += 1) {
      const sources = new Map([['one', 1]])
      const viewers = rates.map(() => ['news'])
      const { violations, residuals } = runSchedule(
        { seed, rates, channels: ['news'], sources, viewers, faults },
        { rules },
      )
      expect(violations).toEqual([])
      for (const residual of residuals.keys()) seen.add(residual)
    }
    expect([...seen]).toEqual(expected)
  })
})

test('a residual case does not excuse a fault of another kind', () => {
  // The process alone is frozen, so its supervisor would have to kill it; one that never does is an
  // ordinary fault.
  const rules = withTiming({ killAfterMs: 60_000 })
  const outcomes = Array.from({ length: 20 }, (_, index) =>
    runSchedule(
      {
        seed: index + 1,
        rates: [1, 1],
        channels: ['news'],
        sources: new Map([['one', 1]]),
        viewers: [['news'], ['news']],
        faults: [fault(3000, 'freeze process', 24_000)],
      },
      { rules },
    ),
  )
  expect(outcomes.every(({ violations }) => violations[0]?.invariant === 'I1')).toBe(true)
})

test('premature proof is detected on a host with a slow clock', () => {
  const outcomes = Array.from({ length: 1000 }, (_, index) =>
    runSchedule(
      {
        seed: index + 1,
        rates: SLOW,
        channels: ['news'],
        sources: new Map([['one', 1]]),
        viewers: [['news'], ['news']],
        faults: WATCH_THEN_LINK,
      },
      { rules: withTiming({ proofAgeMs: 1000 }) },
    ),
  )
  expect(outcomes.some(({ violations }) => violations.length > 0)).toBe(true)
})
