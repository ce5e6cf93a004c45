import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { RoundRest } from './round-rest.ts'

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

test('a rest that is interrupted goes on where it was; one that has ended, or is forgotten, begins anew', async () => {
  let rested = 0
  const rest = new RoundRest(
    () => performance.now(),
    () => {
      rested += 1
    },
  )
  rest.before(2, 1_000)
  await jest.advanceTimersByTimeAsync(600)
  rest.interrupt()
  await jest.advanceTimersByTimeAsync(600)
  expect(rested).toBe(0)
  rest.before(2, 1_000)
  await jest.advanceTimersByTimeAsync(1)
  expect(rested).toBe(1)

  rest.before(2, 1_000)
  await jest.advanceTimersByTimeAsync(999)
  expect(rested).toBe(1)
  rest.forget()
  rest.before(2, 1_000)
  await jest.advanceTimersByTimeAsync(999)
  expect(rested).toBe(1)
  await jest.advanceTimersByTimeAsync(1)
  expect(rested).toBe(2)
})
