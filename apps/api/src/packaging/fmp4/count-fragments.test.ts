import { expect, test } from '@jest/globals'
import { countFragments } from './count-fragments.ts'

const at = (seconds: number | undefined, isSync = false) => ({
  ticks: seconds === undefined ? undefined : seconds * 90_000,
  endTicks: undefined,
  isSync,
})

test.each([
  ['up to the key frame with which the next one begins', [at(0, true), at(0.5), at(2, true), at(2.5)], 2],
  ['a key frame that ffmpeg dates two frames earlier', [at(0, true), at(1.8), at(1.92, true), at(2.4)], 2],
  ['a key frame that it dates later', [at(0, true), at(1.6), at(2.1, true), at(2.6)], 2],
  ['a short fragment before that key frame', [at(0, true), at(1.9), at(2, true)], 2],
  ['the nearest of several key frames', [at(0, true), at(1.8, true), at(2, true), at(2.2, true)], 2],
  ['a frame of audio each', [at(1.96, true), at(1.984, true), at(2.0005, true)], 2],
  ['audio without video belongs to what is before it', [at(0, true), at(undefined), at(2, true)], 2],
  ['no key frame: up to what comes behind', [at(0, true), at(1.8), at(2.2), at(2.7)], 2],
  ['nothing: all is behind', [at(9, true)], 0],
])('%s', (_, fragments, count) => {
  expect(countFragments(fragments, 2 * 90_000, false)).toBe(count)
})

test('a clock that restarts in between changes nothing', () => {
  const fragments = [at(0, true), at(1), at(2, true)].map((one) => ({ ...one, ticks: one.ticks! + 2 ** 33 - 90_000 }))
  expect(countFragments(fragments, 90_000, false)).toBe(2)
})

test('is open while the end may still arrive, and closed when nothing follows', () => {
  const fragments = [at(0, true), at(1.5), at(2.2)]
  expect(countFragments(fragments, 2 * 90_000, false)).toBeUndefined()
  expect(countFragments(fragments, 2 * 90_000, true)).toBe(2)
  expect(countFragments(fragments.slice(0, 2), 2 * 90_000, true)).toBe(2)
  expect(countFragments([], 2 * 90_000, true)).toBe(0)
})

test('the fragment that ends with the segment is the last one, whatever follows', () => {
  const fragments = [at(0, true), { ...at(1), endTicks: 180_001 }]
  expect(countFragments(fragments, 180_000, false)).toBe(2)
  expect(countFragments([...fragments, at(2, true)], 180_000, false)).toBe(2)
  expect(countFragments([at(0, true), { ...at(1), endTicks: 170_000 }], 180_000, false)).toBeUndefined()
})
