import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import fc from 'fast-check'
import { defaultTiming } from '../timing.ts'
import { DeadlineWatch, LOOK_MS } from './deadline-watch.ts'
import { type HeldLease, HeldLeases, renewed } from './held-leases.ts'
import { createLeaseClock } from './lease-clock.ts'

const { beatMs, deadlineMs, unwatchedDeadlineMs } = defaultTiming

type Lease = HeldLease & { readonly id: string }

/** Two kinds of leases, as slots and leads are; `step` moves time on, 1 ms after the other. */
function stage() {
  const time = createManualClock(1_000)
  const is = { watched: true, renewable: true }
  const counts = { looks: 0, renewals: 0 }
  /** Those given up, and whether they were over. */
  const given: boolean[] = []
  let latestMs = 0
  let jumpedByMs = 0
  let renewedAtMs = time.monotonicMs()
  const leaseClock = createLeaseClock({
    timing: defaultTiming,
    isWatched: () => is.watched,
    monotonicMs: time.monotonicMs,
    wallMs: () => 1_700_000_000_000 + time.monotonicMs() + jumpedByMs,
  })
  /** Since when this lease has been over. */
  const overSinceMs = new Map<string, number>()
  const holdings = [0, 1].map(
    () =>
      new HeldLeases<Lease>({
        clock: leaseClock,
        idOf: ({ id }) => id,
        keyOf: ({ id }) => id,
        holdAgain: async () => 'unknown',
        onLost: (lost) => given.push(...lost.map((lease) => leaseClock.isExpired(lease))),
      }),
  )
  const leases = () => holdings.flatMap((held) => held.values())
  const renew = () => {
    counts.renewals += 1
    if (!is.renewable) return
    renewedAtMs = leaseClock.monotonicMs()
    for (const lease of leases()) if (!leaseClock.isExpired(lease)) renewed(lease, renewedAtMs)
    watch.rest()
  }
  const watch = new DeadlineWatch({ clock: time, leaseClock, holdings, renewedAtMs: () => renewedAtMs, renew })
  const look = watch.look.bind(watch)
  watch.look = () => {
    counts.looks += 1
    look()
  }
  watch.start()
  let number = 0
  return {
    is,
    counts,
    given,
    /** How long a lease was kept at most after it was over. */
    latestMs: () => latestMs,
    renew,
    pending: time.pending,
    standing: () => leases().map((lease) => leaseClock.standing(lease)),
    /** @param ageMs of the answer that granted it */
    take(kind: number, ageMs: number) {
      const lease = {
        renewedAtMs: time.monotonicMs() - ageMs,
        incarnation: 'a',
        memory: 'm',
        found: 'unknown' as const,
      }
      holdings[kind]!.hold({ id: String(++number), ...lease })
    },
    extend: (byMs: number) => {
      for (const held of holdings) held.extendTo(time.monotonicMs() + byMs)
    },
    jump: (byMs: number) => {
      jumpedByMs += byMs
    },
    async step(ms: number) {
      for (let passed = 0; passed < ms; passed += 1) {
        await time.advance(1)
        for (const lease of leases()) {
          if (!leaseClock.isExpired(lease)) overSinceMs.delete(lease.id)
          else if (!overSinceMs.has(lease.id)) overSinceMs.set(lease.id, time.monotonicMs())
          latestMs = Math.max(latestMs, time.monotonicMs() - (overSinceMs.get(lease.id) ?? Number.POSITIVE_INFINITY))
        }
      }
    },
  }
}

test('leases that are renewed at each beat are not looked at in between', async () => {
  const { counts, given, take, step, renew } = stage()
  take(0, 0)
  take(1, 100)
  await step(1)
  const before = counts.looks
  for (let beats = 0; beats < 10; beats += 1) {
    await step(beatMs)
    renew()
  }
  expect([counts.looks - before, given]).toEqual([0, []])
})

test('without leases there is no timer', async () => {
  const { pending, take, step, is } = stage()
  expect(pending()).toBe(0)
  is.watched = false
  take(0, 0)
  await step(unwatchedDeadlineMs + 2 * LOOK_MS)
  expect(pending()).toBe(0)
})

test('a lease that is not renewed ends at its deadline, and sooner once nobody can see this process', async () => {
  const { is, given, take, step } = stage()
  take(0, 0)
  await step(deadlineMs - 1)
  expect(given).toEqual([])
  await step(1 + LOOK_MS)
  expect(given).toHaveLength(1)
  take(1, 0)
  await step(unwatchedDeadlineMs + 300)
  is.watched = false
  await step(LOOK_MS + 1)
  expect(given).toHaveLength(2)
})

test('a jump of the wall clock, seen by the next that asks for a lease, is followed by renewals until one succeeds', async () => {
  const { is, counts, take, jump, standing, step } = stage()
  take(0, 0)
  await step(10)
  is.renewable = false
  jump(3_600_000)
  await step(20)
  // The test itself asks at each step, as media does at each piece.
  expect(standing()).toEqual(['unproven'])
  expect(counts.renewals).toBe(1)
  await step(2 * LOOK_MS)
  expect(counts.renewals).toBe(3)
  is.renewable = true
  await step(LOOK_MS)
  expect(standing()).toEqual(['held'])
  const { renewals } = counts
  await step(300)
  expect(counts.renewals).toBe(renewals)
})

const action = fc.oneof(
  fc.record({ kind: fc.constant('take' as const), of: fc.nat(1), ageMs: fc.integer({ min: 0, max: 790 }) }),
  fc.record({ kind: fc.constant('beat' as const) }),
  fc.record({ kind: fc.constant('hang' as const), hangs: fc.boolean() }),
  fc.record({ kind: fc.constant('watch' as const), isWatched: fc.boolean() }),
  fc.record({ kind: fc.constant('jump' as const), byMs: fc.integer({ min: -5_000, max: 100_000 }) }),
  fc.record({ kind: fc.constant('extend' as const), byMs: fc.integer({ min: 0, max: deadlineMs }) }),
)

test('renewals that cannot keep a lease do not put off the look at it', async () => {
  const { is, latestMs, given, take, renew, step } = stage()
  take(0, 0)
  await step(unwatchedDeadlineMs)
  is.watched = false
  for (let beats = 0; beats < 20; beats += 1) {
    renew()
    await step(LOOK_MS / 2)
  }
  expect([given, latestMs() <= LOOK_MS]).toEqual([[true], true])
})

test('no lease is kept for longer than a look after its end, and none is given up before', async () => {
  const life = fc.array(fc.tuple(action, fc.integer({ min: 0, max: 700 })), { minLength: 3, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(life, async (actions) => {
      const { is, given, latestMs, take, renew, jump, extend, step } = stage()
      for (const [what, passesMs] of actions) {
        if (what.kind === 'take') take(what.of, what.ageMs)
        else if (what.kind === 'beat') renew()
        else if (what.kind === 'hang') is.renewable = !what.hangs
        else if (what.kind === 'watch') is.watched = what.isWatched
        else if (what.kind === 'jump') jump(what.byMs)
        else extend(what.byMs)
        await step(passesMs)
      }
      expect(given).not.toContain(false)
      expect(latestMs()).toBeLessThanOrEqual(LOOK_MS)
    }),
    { numRuns: 30 },
  )
})
