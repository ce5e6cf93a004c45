import { expect, test } from '@jest/globals'
import { createClipMemory } from './clip-memory.ts'

test('T25: media that restarts unchanged much later is a clip; a replay of the last seconds is not', () => {
  const memory = createClipMemory()
  expect(memory.isRepeated('one', 7, 0)).toBe(false)
  expect(memory.isRepeated('one', 7, 15_000)).toBe(false)
  expect(memory.isRepeated('one', 8, 16_000)).toBe(false)
  expect(memory.isRepeated('one', 7, 30_000)).toBe(true)
  expect(memory.isRepeated('one', 7, 60_000)).toBe(true)
})

test('different streams may start alike', () => {
  const memory = createClipMemory()
  memory.isRepeated('one', 7, 0)
  expect(memory.isRepeated('two', 7, 60_000)).toBe(false)
})

test('remembers only the latest few starts of a stream', () => {
  const memory = createClipMemory()
  for (let fingerprint = 0; fingerprint < 10; fingerprint++) memory.isRepeated('one', fingerprint, 0)
  expect(memory.isRepeated('one', 0, 60_000)).toBe(false)
  expect(memory.isRepeated('one', 9, 60_000)).toBe(true)
})
