import { expect, test } from '@jest/globals'
import type { SplicerState } from '@kptv/mpegts'
import { MediaRing } from './media-ring.ts'

const clock = { now: 0 }
const ringOf = (capacityBytes: number) => new MediaRing({ capacityBytes, now: () => clock.now })
const bytes = (length: number, value = 1): Buffer => Buffer.alloc(length, value)

test('gives out what was appended, without copying', () => {
  const ring = ringOf(1000)
  const chunk = bytes(188)
  ring.append(chunk, [])
  expect(ring.chunkAt(0)?.bytes).toBe(chunk)
  expect(ring.chunkAt(187)).toMatchObject({ start: 0 })
  expect(ring.chunkAt(188)).toBeUndefined()
})

test('drops the oldest chunks beyond its capacity, and their join points with them', () => {
  const ring = ringOf(300)
  ring.append(bytes(188, 1), [0])
  expect(ring.newestJoinPoint).toBe(0)
  ring.append(bytes(188, 2), [])
  expect(ring.tail).toBe(188)
  expect(ring.newestJoinPoint).toBeUndefined()
  expect(ring.chunkAt(0)).toBeUndefined()
  ring.append(bytes(188, 3), [94])
  expect(ring.newestJoinPoint).toBe(470)
  expect(ring.chunkAt(470)?.bytes[0]).toBe(3)
})

test('never drops the newest chunk, however large it is', () => {
  const ring = ringOf(100)
  ring.append(bytes(500), [0])
  expect(ring.sizeBytes).toBe(500)
  ring.resize(10)
  expect(ring.chunkAt(499)?.bytes.length).toBe(500)
})

test('finds every position over many chunks of unequal size', () => {
  const ring = ringOf(100_000)
  for (let size = 1; size <= 100; size += 1) ring.append(bytes(size, size), [])
  for (let position = 0; position < ring.head; position += 1) {
    const { start, bytes } = ring.chunkAt(position)!
    expect(bytes[position - start]).toBe(bytes.length)
  }
})

test('shrinking frees memory at once', () => {
  const ring = ringOf(1000)
  for (let index = 0; index < 10; index += 1) ring.append(bytes(100), [])
  ring.resize(250)
  expect(ring.sizeBytes).toBe(200)
})

test('drops what is older than half a minute, but nothing behind the newest join point', () => {
  const ring = ringOf(100_000)
  for (let second = 0; second < 100; second += 1) {
    clock.now = second * 1_000
    ring.append(bytes(100), second === 50 ? [0] : [])
  }
  expect(ring.tail).toBe(50 * 100)
  ring.append(bytes(100), [0])
  expect(ring.sizeBytes).toBe(32 * 100)
})

test('filler leaves the output where it stood', () => {
  const ring = ringOf(1000)
  const state = { output: {}, timeline: {} } as SplicerState
  ring.append(bytes(100), [], state)
  ring.append(bytes(100), [])
  expect(ring.chunkAt(100)?.state).toBe(state)
})

test('gives what it holds from the newest join point on, without copying', () => {
  const ring = ringOf(1000)
  expect(ring.readFromNewestJoinPoint()).toEqual([])
  ring.append(bytes(188, 1), [0])
  ring.append(bytes(376, 2), [188])
  ring.append(bytes(188, 3), [])
  expect(ring.readFromNewestJoinPoint()).toEqual([bytes(188, 2), bytes(188, 3)])
})
