import { expect, test } from '@jest/globals'
import { RelayWindow } from './relay-window.ts'

function entry(sequence: number, packetCount = 1, joinPoints: number[] = []) {
  return { sequence, packets: Buffer.alloc(188 * packetCount), joinPoints }
}

test('keeps the newest messages that fit', () => {
  const window = new RelayWindow(188 * 3)
  for (let sequence = 5; sequence < 10; sequence++) window.push(entry(sequence))
  expect([4, 5, 6, 7, 8, 9, 10].map((sequence) => window.get(sequence)?.sequence)).toEqual([
    undefined,
    undefined,
    undefined,
    7,
    8,
    9,
    undefined,
  ])
  expect(window.bytes).toBe(188 * 3)
})

test('an entry bigger than the window empties it', () => {
  const window = new RelayWindow(188)
  window.push(entry(1))
  window.push(entry(2, 2, [0]))
  expect(window.bytes).toBe(0)
  expect(window.get(2)).toBeUndefined()
  expect(window.newestJoinPoint()).toBeUndefined()
  window.push(entry(3))
  expect(window.get(3)?.sequence).toBe(3)
})

test('the newest join point is the last one of the last entry that has any', () => {
  const window = new RelayWindow(188 * 100)
  expect(window.newestJoinPoint()).toBeUndefined()
  window.push(entry(1, 4, [0, 188]))
  window.push(entry(2, 4, [188, 376]))
  window.push(entry(3, 4))
  expect(window.newestJoinPoint()).toMatchObject({ entry: { sequence: 2 }, offset: 376 })
})

test('without followers keeps only what a new one needs', () => {
  const window = new RelayWindow(188 * 100)
  window.push(entry(1, 4, [0]))
  window.push(entry(2, 4))
  window.keepFromNewestJoinPoint()
  expect(window.bytes).toBe(188 * 8)
  window.push(entry(3, 4, [0]))
  window.push(entry(4, 4))
  window.keepFromNewestJoinPoint()
  expect(window.bytes).toBe(188 * 8)
  expect(window.get(2)).toBeUndefined()
  expect(window.get(4)?.sequence).toBe(4)
})
