import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { drain } from './drain.ts'

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

/** A node that drains for at most 30 s, and its actions in order. */
function startDrain(given: { viewers?: number; handOverMs?: number } = {}) {
  const done: string[] = []
  const hurry = new AbortController()
  let handsOverUntil = 0
  const node = {
    refuseNewViewers: () => void done.push('refuse'),
    handOver: () => {
      // The hand-over is requested repeatedly, because more nodes may follow.
      if (done.at(-1) === 'hand over') return
      done.push('hand over')
      handsOverUntil = performance.now() + (given.handOverMs ?? 0)
    },
    isHandingOver: () => performance.now() < handsOverUntil,
    viewerCount: () => given.viewers ?? 0,
    stop: async () => void done.push('stop'),
  }
  void drain(node, 30_000, hurry.signal)
  return { done, hurry }
}

test('a node that leads for viewers of others stays until they have another leader', async () => {
  const { done } = startDrain({ handOverMs: 3_000 })
  await jest.advanceTimersByTimeAsync(6_500)
  expect(done).toEqual(['refuse', 'hand over'])
  await jest.advanceTimersByTimeAsync(1_000)
  expect(done).toEqual(['refuse', 'hand over', 'stop'])
})

test('without viewers it ends as soon as the balancer has noticed', async () => {
  const { done } = startDrain()
  await jest.advanceTimersByTimeAsync(3_500)
  expect(done).toEqual(['refuse'])
  await jest.advanceTimersByTimeAsync(1_000)
  expect(done).toEqual(['refuse', 'hand over', 'stop'])
})

test('its own viewers may stay while it drains', async () => {
  const { done } = startDrain({ viewers: 1 })
  await jest.advanceTimersByTimeAsync(29_500)
  expect(done).toEqual(['refuse', 'hand over'])
  await jest.advanceTimersByTimeAsync(1_000)
  expect(done.at(-1)).toBe('stop')
})

test('an order to hurry ends any wait at once', async () => {
  const { done, hurry } = startDrain({ viewers: 1, handOverMs: 6_000 })
  await jest.advanceTimersByTimeAsync(1_000)
  hurry.abort()
  await jest.advanceTimersByTimeAsync(200)
  expect(done.at(-1)).toBe('stop')
})
