import { expect, test } from '@jest/globals'
import { createLiveEdge } from './live-edge.ts'

test('the newest segment grows with time, no matter who reads', () => {
  let nowMs = 0
  const edge = createLiveEdge({ segmentMs: 500 }, () => nowMs)
  expect(edge.newest()).toBe(10)
  nowMs = 60_250
  expect(edge.newest()).toBe(130)
  nowMs = 60_499
  expect([edge.newest(), edge.newestForMs()]).toEqual([130, 499])
  nowMs = 60_500
  expect(edge.newest()).toBe(131)
})

test('with maxAhead it waits for its reader, and continues at that pace', () => {
  let nowMs = 0
  const edge = createLiveEdge({ segmentMs: 500, maxAhead: 3 }, () => nowMs)
  nowMs = 60_000
  expect(edge.newest()).toBe(13)
  edge.requested(12)
  expect(edge.newest()).toBe(13)
  nowMs += 500
  expect(edge.newest()).toBe(14)
  nowMs += 5_000
  expect(edge.newest()).toBe(15)
  edge.requested(11)
  expect(edge.newest()).toBe(15)
})
