import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { every, inStep, pause } from './clock.ts'

test('every calls at each of its times, until it is ended, even from within', async () => {
  const clock = createManualClock()
  const calledAtMs: number[] = []
  const end = every(clock, 250, () => {
    calledAtMs.push(clock.monotonicMs())
    if (calledAtMs.length === 3) end()
  })
  await clock.advance(2_000)
  expect(calledAtMs).toEqual([250, 500, 750])
  expect(clock.pending()).toBe(0)
})

test('calls in step come at the same moments, whenever they began, and none twice', async () => {
  const clock = createManualClock(10_070)
  const calledAtMs: number[][] = [[], []]
  const begin = (index: number) => inStep(clock, 250, () => calledAtMs[index]!.push(clock.monotonicMs()))
  begin(0)
  await clock.advance(90)
  const end = begin(1)
  await clock.advance(840)
  expect(calledAtMs).toEqual([
    [10_250, 10_500, 10_750, 11_000],
    [10_500, 10_750, 11_000],
  ])
  end()
  await clock.advance(250)
  expect(calledAtMs.map(({ length }) => length)).toEqual([5, 3])
})

test('a timer that fires early does not make a call in step happen twice', async () => {
  const clock = createManualClock()
  const early = { ...clock, after: (ms: number, run: () => void) => clock.after(ms - 1, run) }
  let calls = 0
  inStep(early, 250, () => {
    calls += 1
  })
  await clock.advance(1_000)
  expect(calls).toBe(4)
})

test.each([
  ['after its time', 250],
  ['when the signal aborts', 100],
  ['at once if it has aborted', 0],
])('a pause ends %s', async (_, endsAtMs) => {
  const clock = createManualClock()
  const ending = new AbortController()
  if (endsAtMs === 0) ending.abort()
  else clock.after(100, () => endsAtMs === 100 && ending.abort())
  const ended = pause(clock, 250, ending.signal).then(() => clock.monotonicMs())
  await clock.advance(300)
  expect(await ended).toBe(endsAtMs)
  expect(clock.pending()).toBe(0)
})
