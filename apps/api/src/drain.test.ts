import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { drain } from './drain.ts'

/** A node that drains for at most 30 s, and its actions in order. */
function startDrain(given: { readonly viewers?: number; readonly handOverMs?: number } = {}) {
  const clock = createManualClock()
  const done: string[] = []
  const hurry = new AbortController()
  let handsOverUntil = 0
  const node = {
    refuseNewViewers: () => void done.push('refuse'),
    handOver: () => {
      // The hand-over is requested repeatedly, because more nodes may follow.
      if (done.at(-1) === 'hand over') return
      done.push('hand over')
      handsOverUntil = clock.monotonicMs() + (given.handOverMs ?? 0)
    },
    isHandingOver: () => clock.monotonicMs() < handsOverUntil,
    viewerCount: () => given.viewers ?? 0,
    stop: async () => void done.push('stop'),
  }
  void drain(node, { drainMaxMs: 30_000, hurry: hurry.signal, clock })
  return { done, hurry, clock }
}

test('a node that leads for viewers elsewhere stays until they have another leader', async () => {
  const { done, clock } = startDrain({ handOverMs: 3_000 })
  await clock.advance(6_500)
  expect(done).toEqual(['refuse', 'hand over'])
  await clock.advance(1_000)
  expect(done).toEqual(['refuse', 'hand over', 'stop'])
})

test('without viewers it exits as soon as the balancer has noticed', async () => {
  const { done, clock } = startDrain()
  await clock.advance(3_500)
  expect(done).toEqual(['refuse'])
  await clock.advance(1_000)
  expect(done).toEqual(['refuse', 'hand over', 'stop'])
})

test('its own viewers may stay while it drains', async () => {
  const { done, clock } = startDrain({ viewers: 1 })
  await clock.advance(29_500)
  expect(done).toEqual(['refuse', 'hand over'])
  await clock.advance(1_000)
  expect(done.at(-1)).toBe('stop')
})

test('an order to hurry ends every wait at once', async () => {
  const { done, hurry, clock } = startDrain({ viewers: 1, handOverMs: 6_000 })
  await clock.advance(1_000)
  hurry.abort()
  await clock.advance(200)
  expect(done.at(-1)).toBe('stop')
})
