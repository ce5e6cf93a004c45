import { expect, test } from '@jest/globals'
import { createManualClock } from './manual-clock.ts'

test('things happen in order of time, each at its own', async () => {
  const clock = createManualClock(1_000)
  const seen: Array<[string, number]> = []
  const note = (name: string) => seen.push([name, clock.monotonicMs()])
  clock.after(30, () => note('third'))
  clock.after(10, () => {
    note('first')
    clock.after(5, () => note('second'))
  })
  clock.after(10, () => note('first too'))
  const cancel = clock.after(20, () => note('never'))
  cancel()
  await clock.advance(29)
  expect(seen).toEqual([
    ['first', 1_010],
    ['first too', 1_010],
    ['second', 1_015],
  ])
  expect(clock.monotonicMs()).toBe(1_029)
  await clock.advance(1)
  expect(seen.at(-1)).toEqual(['third', 1_030])
  expect(clock.pending()).toBe(0)
})

test('a loop that sleeps runs all its rounds in one advance', async () => {
  const clock = createManualClock()
  let rounds = 0
  const loop = async () => {
    while (rounds < 5) {
      await clock.sleep(100)
      rounds++
    }
  }
  const done = loop()
  await clock.advance(499)
  expect(rounds).toBe(4)
  await clock.advance(1)
  await done
})

test('a sleep ends with the reason of its signal', async () => {
  const clock = createManualClock()
  const controller = new AbortController()
  const sleeping = clock.sleep(100, controller.signal)
  controller.abort(new Error('enough'))
  await expect(sleeping).rejects.toThrow('enough')
  expect(clock.pending()).toBe(0)
})

test('until moves time on to the moment when a condition holds, and gives up after a minute', async () => {
  const clock = createManualClock()
  let isDone = false
  clock.after(500, () => {
    isDone = true
  })
  expect(await clock.until('it is done', () => isDone && 'done')).toBe('done')
  expect(clock.monotonicMs()).toBe(500)
  await expect(clock.until('it is undone', () => !isDone)).rejects.toThrow('it is undone: not within 60 s')
})
