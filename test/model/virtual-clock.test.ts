import { expect, test } from '@jest/globals'
import { createRandom } from '@kptv/testkit'
import { cancel, createVirtualClock } from './virtual-clock.ts'

test('events run in order of time, equal ones in order of creation, cancelled ones never', () => {
  const clock = createVirtualClock()
  const random = createRandom(1)
  const ran: Array<[at: number, order: number]> = []
  for (let order = 0; order < 500; order += 1) {
    const at = random.whole(0, 40)
    const timer = clock.after(at, () => ran.push([at, order]))
    if (order % 7 === 0) cancel(timer)
  }
  clock.runUntil(30)
  expect(ran).toEqual(ran.toSorted((one, other) => one[0] - other[0] || one[1] - other[1]))
  expect(ran.every(([at, order]) => at <= 30 && order % 7 !== 0)).toBe(true)
  const before = ran.length
  clock.runUntil(40)
  expect(before).toBeGreaterThan(300)
  expect(ran.length).toBe(clock.events)
  expect(clock.now).toBe(40)
})
