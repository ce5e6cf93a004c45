import { expect, test } from '@jest/globals'
import { HeardPriorities } from './heard-priorities.ts'

test('the highest priority counts until its last request is too old, then the next one does', () => {
  let nowMs = 0
  const priorities = new HeardPriorities(10, () => nowMs)
  expect(priorities.highest).toBe(0)
  priorities.heard(7)
  nowMs = 8
  priorities.heard(3)
  expect(priorities.highest).toBe(7)
  nowMs = 12
  expect(priorities.highest).toBe(3)
  nowMs = 30
  expect(priorities.highest).toBe(0)
})
