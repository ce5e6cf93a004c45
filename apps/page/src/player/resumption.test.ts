import { expect, test } from '@jest/globals'
import { Resumption } from './resumption.ts'

test('a video that failed is resumed after longer and longer pauses, then given up', () => {
  const resumption = new Resumption()
  const pauses = Array.from({ length: 6 }, () => resumption.nextPauseMs(300))
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, undefined, undefined])
})

test('one that has not played is not resumed', () => {
  expect(new Resumption().nextPauseMs(0)).toBeUndefined()
})

test('a failure elsewhere in the video is a new one; one just behind the last is not', () => {
  const resumption = new Resumption()
  const pauses = [300, 301, 320, 12].map((atS) => resumption.nextPauseMs(atS))
  expect(pauses).toEqual([1_000, 2_000, 1_000, 1_000])
})
