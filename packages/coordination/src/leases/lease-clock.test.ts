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
    expect(clock.standing(lease)).toBe('held')
    pass(1)
    expect([clock.standing(lease), clock.isExpired(lease)]).toEqual(['lost', true])
  })

  test('is shorter while others might believe that this process is gone', () => {
    const { clock, lease, pass, time } = stage()
    pass(799)
    time.isWatched = false
    expect(clock.standing(lease)).toBe('held')
    pass(1)
    expect(clock.standing(lease)).toBe('lost')
    time.isWatched = true
    expect(clock.standing(lease)).toBe('held')
  })
})

describe('extendTo', () => {
  test('extends a lease that has not expired', () => {
    const { clock, lease, pass } = stage()
    pass(2000)
    clock.extendTo(lease, clock.monotonicMs() + 2500)
    pass(2499)
    expect(clock.standing(lease)).toBe('held')
    pass(1)
    expect(clock.isExpired(lease)).toBe(true)
  })

  test('does not revive an expired lease', () => {
    const { clock, lease, pass } = stage()
    pass(2500)
    clock.extendTo(lease, clock.monotonicMs() + 2500)
    expect(clock.isExpired(lease)).toBe(true)
  })

  test('never shortens a lease', () => {
    const { clock, lease, pass } = stage()
    clock.extendTo(lease, clock.monotonicMs() + 9000)
    clock.extendTo(lease, clock.monotonicMs() + 1000)
    pass(8999)
    expect(clock.standing(lease)).toBe('held')
  })
})

describe('a forward jump of the wall clock', () => {
  test.each([500, 700, 2000])(
    'by %i ms ends nothing: the lease would stand even if the machine had slept',
    (jumpMs) => {
      const { clock, lease, time, pass } = stage()
      pass(400)
      time.wallMs += jumpMs
      expect(clock.standing(lease)).toBe('held')
      expect(clock.hasJumpedSince(lease.renewedAtMs)).toBe(true)
    },
  )

  test.each([2100, 60_000, 3_600_000])('by %i ms leaves it unproven until a renewal decides', (jumpMs) => {
    const { clock, lease, time, pass } = stage()
    pass(400)
    time.wallMs += jumpMs
    expect(clock.standing(lease)).toBe('unproven')
    expect(clock.isExpired(lease)).toBe(false)
    pass(20)
    const renewed = { renewedAtMs: clock.monotonicMs() }
    expect(clock.standing(renewed)).toBe('held')
    expect(clock.hasJumpedSince(renewed.renewedAtMs)).toBe(false)
  })

  test('adds up with another jump, and with the time that passes', () => {
    const { clock, lease, time, pass } = stage()
    pass(1)
    for (let count = 0; count < 3; count += 1) {
      time.wallMs += 800
      expect(clock.standing(lease)).toBe('held')
    }
    pass(100)
    expect(clock.standing(lease)).toBe('unproven')
    pass(2399)
    expect(clock.standing(lease)).toBe('lost')
  })

  test('counts against the short deadline too', () => {
    const { clock, lease, time, pass } = stage()
    pass(1)
    time.isWatched = false
    time.wallMs += 900
    expect(clock.standing(lease)).toBe('unproven')
  })

  test.each([499, -700, -86_400_000])('of %i ms means nothing', (stepMs) => {
    const { clock, lease, time, pass } = stage()
    pass(10)
    time.wallMs += stepMs
    expect(clock.standing(lease)).toBe('held')
    expect(clock.hasJumpedSince(0)).toBe(false)
  })
})
