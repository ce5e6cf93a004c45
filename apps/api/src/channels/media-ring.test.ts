import { expect, test } from '@jest/globals'
import { MediaRing } from './media-ring.ts'

const bytes = (length: number, value = 1): Buffer => Buffer.alloc(length, value)

test('gives out what was appended, without copying', () => {
  const ring = new MediaRing(1000)
  const chunk = bytes(188)
  ring.append(chunk, [])
  expect(ring.read(0, 100)).toEqual({ bytes: chunk.subarray(0, 100), next: 100 })
  expect(ring.read(100, 1000)?.bytes.buffer).toBe(chunk.buffer)
  expect(ring.read(188, 100)).toBeUndefined()
})

test('drops the oldest chunks beyond its capacity, and their join points with them', () => {
  const ring = new MediaRing(300)
  ring.append(bytes(188, 1), [0])
  expect(ring.newestJoinPoint).toBe(0)
  ring.append(bytes(188, 2), [])
  expect(ring.tail).toBe(188)
  expect(ring.newestJoinPoint).toBeUndefined()
  expect(ring.read(0, 10)).toBeUndefined()
  ring.append(bytes(188, 3), [94])
  expect(ring.newestJoinPoint).toBe(470)
  expect(ring.read(470, 1)?.bytes[0]).toBe(3)
})

test('never drops the newest chunk, however large it is', () => {
  const ring = new MediaRing(100)
  ring.append(bytes(500), [0])
  expect(ring.sizeBytes).toBe(500)
  ring.resize(10)
  expect(ring.read(0, 500)?.next).toBe(500)
})

test('finds every position over many chunks of unequal size', () => {
  const ring = new MediaRing(100_000)
  for (let size = 1; size <= 100; size += 1) ring.append(bytes(size, size), [])
  for (let position = 0; position < ring.head; ) {
    const slice = ring.read(position, 1000)!
    expect(new Set(slice.bytes).size).toBe(1)
    position = slice.next
  }
})

test('shrinking frees memory at once', () => {
  const ring = new MediaRing(1000)
  for (let index = 0; index < 10; index += 1) ring.append(bytes(100), [])
  ring.resize(250)
  expect(ring.sizeBytes).toBe(200)
})
