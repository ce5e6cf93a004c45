import { expect, test } from '@jest/globals'
import { defaultTiming, slotLeaseMs, type Timing, timingWith } from './timing.ts'

test('the defaults fit', () => {
  expect(timingWith({})).toEqual(defaultTiming)
  expect(slotLeaseMs(defaultTiming)).toBe(19_000)
})

test.each<[Partial<Timing>, string]>([
  [{ beatMs: 400 }, '2 · beatMs < unwatchedDeadlineMs'],
  [{ unwatchedDeadlineMs: 801 }, '1.5 · unwatchedDeadlineMs ≤ proofAgeMs'],
  [{ deadlineMs: 1100 }, 'proofAgeMs ≤ deadlineMs'],
  [{ commandMs: 2200 }, 'beatMs + commandMs < deadlineMs'],
  [{ deadlineMs: 2701 }, 'deadlineMs + 300 ≤ killAfterMs'],
  [{ deadlineMs: 5000 }, 'deadlineMs + 300 ≤ killAfterMs'],
  [{ killAfterMs: 3501 }, 'killAfterMs + 500 ≤ leaseMs'],
  [{ warmUpMs: 4000 }, 'leaseMs < warmUpMs'],
  [{ presenceMs: 700 }, '2 · beatMs < presenceMs'],
  [{ outageGraceMs: 2000 }, 'deadlineMs ≤ outageGraceMs'],
  [{ reconcileMs: 100 }, 'beatMs < reconcileMs'],
  [{ commandMs: 2150 }, 'beatMs + commandMs < deadlineMs'],
  [{ beatMs: 350, presenceMs: 10_000, reconcileMs: 350 }, 'beatMs < reconcileMs'],
  [{ quarantineMs: -1 }, 'quarantineMs must be'],
  [{ leaseMs: Number.NaN }, 'leaseMs must be'],
])('%j is refused by name', (change, name) => {
  expect(() => timingWith(change)).toThrow(RangeError)
  expect(() => timingWith(change)).toThrow(name)
})

test.each<Partial<Timing>>([
  { unwatchedDeadlineMs: 800, proofAgeMs: 1200 },
  { deadlineMs: 1200, proofAgeMs: 1200 },
  { deadlineMs: 2700, killAfterMs: 3000 },
  { killAfterMs: 3500, leaseMs: 4000 },
  { quarantineMs: 0 },
  { outageGraceMs: 2500, deadlineMs: 2500 },
])('%j is just safe enough', (change) => {
  expect(timingWith(change)).toMatchObject(change)
})
