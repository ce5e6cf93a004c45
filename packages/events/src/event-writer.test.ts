import { expect, test } from '@jest/globals'
import type { EventFacts } from '@kptv/contract'
import { createEventWriter } from './event-writer.ts'

const drains: EventFacts = { type: 'node-drains' }
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

function createWriter() {
  const written: number[] = []
  const state = { isAway: false, nowMs: 0, resume: () => {} }
  const writer = createEventWriter({
    log: {
      async append({ at }) {
        if (state.isAway) throw new Error('Redis is away')
        written.push(at)
      },
    },
    node: 'edge-1',
    nowMs: () => (state.nowMs += 1),
    pause: () => new Promise<void>((resolve) => (state.resume = resolve)),
  })
  return { writer, written, state }
}

test('events are written in order, with the time of their arrival, even if their names are found late', async () => {
  const { writer, written } = createWriter()
  const { promise, resolve } = Promise.withResolvers<EventFacts>()
  writer.write(promise)
  writer.write(drains)
  await turns()
  expect(written).toEqual([])
  resolve(drains)
  await turns()
  expect(written).toEqual([1, 2])
})

test('the end of a process waits for its last events, but not forever', async () => {
  const { writer, written, state } = createWriter()
  writer.write(drains)
  await writer.settled()
  expect(written).toEqual([1])
  state.isAway = true
  writer.write(drains)
  await turns()
  let isSettled = false
  void writer.settled().then(() => (isSettled = true))
  await turns()
  expect(isSettled).toBe(false)
  state.resume()
  await turns()
  expect(isSettled).toBe(true)
})

test('while Redis is away the newest 100 wait', async () => {
  const { writer, written, state } = createWriter()
  state.isAway = true
  for (let count = 0; count < 150; count += 1) writer.write(drains)
  await turns()
  state.isAway = false
  state.resume()
  await turns(1_000)
  expect([written.length, written[0], written.at(-1)]).toEqual([100, 51, 150])
})
