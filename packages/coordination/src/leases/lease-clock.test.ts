import { describe, expect, test } from '@jest/globals'
import { createLeaseClock, type Lease } from './lease-clock.ts'

/** A clock that the test sets. */
function stage() {
  const time = { monotonicMs: 10_000, wallMs: 1_700_000_000_000, isWatched: true }
  const clock = createLeaseClock({
    timing: { deadlineMs: 2500, unwatchedDeadlineMs: 800 },
    isWatched: () => time.isWatched,
    monotonicMs: () => time.monotonicMs,
    wallMs: () => time.wallMs,
  })
  const pass = (ms: number) => {
    time.monotonicMs += ms
    time.wallMs += ms
  }
  const lease: Lease = { renewedAtMs: time.monotonicMs }
  return { clock, time, lease, pass }
}

describe('deadline', () => {
  test('ends a lease exactly', () => {
    const { clock, lease, pass } = stage()
    pass(2499)
    expect([clock.isUsable(lease), clock.isExpired(lease)]).toEqual([true, false])
    pass(1)
    expect([clock.isUsable(lease), clock.isExpired(lease)]).toEqual([false, true])
  })

  test('is short while others could take this process for gone', () => {
    const { clock, lease, pass, time } = stage()
    pass(799)
    time.isWatched = false
    expect(clock.isUsable(lease)).toBe(true)
    pass(1)
    expect(clock.isUsable(lease)).toBe(false)
    time.isWatched = true
    expect(clock.isUsable(lease)).toBe(true)
  })
})

describe('extendTo', () => {
  test('extends what has not expired', () => {
    const { clock, lease, pass } = stage()
    pass(2000)
    clock.extendTo(lease, clock.now() + 2500)
    pass(2499)
    expect(clock.isUsable(lease)).toBe(true)
    pass(1)
    expect(clock.isExpired(lease)).toBe(true)
  })

  test('revives nothing', () => {
    const { clock, lease, pass } = stage()
    pass(2500)
    clock.extendTo(lease, clock.now() + 2500)
    expect(clock.isExpired(lease)).toBe(true)
  })

  test('never shortens', () => {
    const { clock, lease, pass } = stage()
    clock.extendTo(lease, clock.now() + 9000)
    clock.extendTo(lease, clock.now() + 1000)
    pass(8999)
    expect(clock.isUsable(lease)).toBe(true)
  })
})

describe('a machine that slept', () => {
  test('uses nothing before it is renewed, but has not lost it yet', () => {
    const { clock, lease, time, pass } = stage()
    pass(1)
    time.wallMs += 500
    expect(clock.isUsable(lease)).toBe(false)
    expect(clock.isSuspect(lease.renewedAtMs)).toBe(true)
    expect(clock.isExpired(lease)).toBe(false)
    lease.renewedAtMs = clock.now()
    expect(clock.isUsable(lease)).toBe(true)
    expect(clock.isSuspect(lease.renewedAtMs)).toBe(false)
  })

  test.each([499, -86_400_000])('a wall clock that moves by %i ms means nothing', (stepMs) => {
    const { clock, lease, time, pass } = stage()
    pass(10)
    time.wallMs += stepMs
    expect(clock.isUsable(lease)).toBe(true)
  })
})
