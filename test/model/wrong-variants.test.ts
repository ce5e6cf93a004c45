import { describe, expect, test } from '@jest/globals'
import { shortOrLong } from '@kptv/testkit'
import type { FaultKind } from './faults.ts'
import { findViolation } from './find-violation.ts'
import { RULES, type Rules, withTiming } from './rules.ts'
import { runSchedule } from './run-schedule.ts'

type Variant = {
  readonly name: string
  readonly rules: Rules
  readonly kinds: readonly FaultKind[]
  readonly scarce?: boolean
  readonly invariants: readonly string[]
  /** The search begins here, where a violation is rare; a long run begins at 1. */
  readonly from?: number
}

const LOSSES: FaultKind[] = ['answers of Redis lost', 'requests to Redis lost', 'lossy link']

const VARIANTS: Variant[] = [
  {
    name: 'the own deadline is longer than the lease',
    rules: withTiming({ deadlineMs: 6000 }),
    kinds: ['black hole to Redis', ...LOSSES],
    invariants: ['I4'],
  },
  {
    name: 'no gate in the data path',
    rules: { ...RULES, gateInDataPath: false },
    kinds: ['freeze process and supervisor'],
    invariants: ['I4'],
  },
  {
    name: 'a renewal adds a missing slot again',
    rules: { ...RULES, renewalLosesMissingSlots: false },
    kinds: ['SIGTERM', 'viewers change', 'requests to Redis lost', 'freeze process and supervisor'],
    invariants: ['I1'],
  },
  {
    name: 'a takeover gets the slot without proof',
    rules: { ...RULES, proofNeededToInherit: false },
    kinds: ['freeze process and supervisor'],
    invariants: ['I1'],
  },
  {
    name: 'the slot is released before the socket has closed',
    rules: { ...RULES, releaseAfterClose: false },
    kinds: ['SIGTERM', 'viewers change'],
    scarce: true,
    invariants: ['I1'],
  },
  {
    name: 'the warm-up is shorter than the own deadline',
    rules: withTiming({ warmUpMs: 500 }),
    kinds: ['Redis restarts empty', 'Redis is flushed', 'black hole to Redis'],
    invariants: ['I1'],
  },
  {
    name: 'an outage grace without asking the peers',
    rules: { ...RULES, graceAsksPeers: false },
    kinds: ['Redis refuses one host'],
    invariants: ['I4'],
  },
  {
    name: 'a follower takes any term',
    rules: { ...RULES, followerFences: false },
    kinds: ['SIGTERM'],
    invariants: ['I4'],
  },
  {
    name: 'a release names its holder but not the acquisition',
    rules: { ...RULES, slotNamesAttempt: false },
    kinds: ['Redis hangs', 'Redis refuses one host', ...LOSSES],
    scarce: true,
    invariants: ['I1'],
  },
  {
    name: 'the monotonic clock is trusted although the machine was suspended',
    rules: { ...RULES, suspensionIsNoticed: false },
    kinds: ['suspend host'],
    invariants: ['I4'],
  },
  {
    name: 'the own lead record is gone on with as it is',
    rules: { ...RULES, ownRecordGetsNewTerm: false },
    kinds: ['answers of Redis lost', 'black hole to Redis', 'lossy link'],
    invariants: ['I2', 'I4'],
  },
  {
    name: 'a term that only counts',
    rules: { ...RULES, termFollowsTime: false },
    kinds: ['Redis restarts empty', 'kill -9 process and supervisor'],
    invariants: ['I4'],
  },
  {
    name: 'the successor connects beside the leader without its own slot',
    rules: { ...RULES, successorTakesItsOwnSlot: false },
    kinds: ['SIGTERM', 'viewers change'],
    invariants: ['I1'],
  },
  {
    name: 'a hand-over counts as proof that the slot may be had',
    rules: { ...RULES, handOverKeepsSlot: false },
    kinds: ['SIGTERM', 'viewers change'],
    invariants: ['I1', 'I2'],
    from: 600,
  },
  {
    name: 'who is asked says that it has left a slot before its connection is closed',
    rules: { ...RULES, leavesAfterClose: false },
    kinds: ['black hole to Redis', ...LOSSES],
    scarce: true,
    invariants: ['I1'],
    from: 2_150,
  },
]

describe('a wrong protocol is caught, and the right one is not', () => {
  test.each(VARIANTS)('$name', ({ rules, kinds, scarce = false, invariants, from = 1 }) => {
    const found = findViolation(rules, { from: shortOrLong(from, 1), seeds: 6000, kinds, scarce, invariants })
    expect(found).toBeDefined()
    expect(runSchedule(found!.schedule).violations).toEqual([])
  })
})
