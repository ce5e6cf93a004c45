import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { RoundRest } from './round-rest.ts'

test('an interrupted rest resumes; one that has ended or was forgotten starts over', async () => {
  let rested = 0
  const clock = createManualClock()
  const rest = new RoundRest(clock, () => {
    rested += 1
  })
  rest.before(2, 1_000)
  await clock.advance(600)
  rest.interrupt()
  await clock.advance(600)
  expect(rested).toBe(0)
  rest.before(2, 1_000)
  await clock.advance(1)
  expect(rested).toBe(1)

  rest.before(2, 1_000)
  await clock.advance(999)
  expect(rested).toBe(1)
  rest.forget()
  rest.before(2, 1_000)
  await clock.advance(999)
  expect(rested).toBe(1)
  await clock.advance(1)
  expect(rested).toBe(2)
})
