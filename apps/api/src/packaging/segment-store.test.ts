import { expect, test } from '@jest/globals'
import { SegmentMemory } from './segment-store.ts'

const segment = (bytes: number) => [Buffer.alloc(bytes)]

test('channels share the memory, and the oldest segments of each go first', () => {
  const memory = new SegmentMemory(1_000)
  const one = memory.open()
  for (const number of [1, 2, 3, 4]) one.put(number, segment(250))
  expect(memory.bytes).toBe(1_000)
  const other = memory.open()
  expect([memory.bytes, one.get(2), one.get(3)?.length]).toEqual([500, undefined, 1])
  other.put(9, segment(600))
  // The newest one stays even if it is larger than the share.
  expect(other.get(9)).toBeDefined()
  other.put(10, segment(100))
  expect([other.get(9), memory.bytes]).toEqual([undefined, 600])
})

test('a segment that arrives after the channel has closed is not kept', () => {
  const memory = new SegmentMemory(1_000)
  const store = memory.open()
  store.put(1, segment(100))
  store.close()
  store.put(2, segment(100))
  expect([memory.bytes, store.get(2)]).toEqual([0, undefined])
})
