import { expect, test } from '@jest/globals'
import type { SplicerState } from '@kptv/mpegts'
import { MediaRing } from './media-ring.ts'
import { SLAB_BYTES, SlabPool } from './slab-pool.ts'

const clock = { monotonicMs: 0 }
const ringOf = (capacityBytes: number) => new MediaRing({ capacityBytes, monotonicMs: () => clock.monotonicMs })
const bytes = (length: number, value = 1): Buffer => Buffer.alloc(length, value)

test("gives out what was appended; the bytes are the caller's again", () => {
  const ring = ringOf(1000)
  const packet = bytes(188)
  ring.append(packet, [])
  packet.fill(9)
  expect(ring.chunkAt(0)?.bytes).toEqual(bytes(188))
  expect(ring.chunkAt(187)).toMatchObject({ start: 0, isEnd: true })
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
  const ring = ringOf(6_000)
  const pieces = Array.from({ length: 100 }, (_, index) => bytes(index + 1, index + 1))
  for (const piece of pieces) ring.append(piece, [])
  const all = Buffer.concat(pieces)
  for (let position = 0; position < ring.head; position += 1) {
    const { start, bytes } = ring.chunkAt(position)!
    expect(bytes[position - start]).toBe(all[position])
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
    clock.monotonicMs = second * 1_000
    ring.append(bytes(100), second === 50 ? [0] : [])
  }
  expect(ring.tail).toBe(50 * 100)
  ring.append(bytes(100), [0])
  expect(ring.sizeBytes).toBe(32 * 100)
})

test('gives what it holds from the newest join point on', () => {
  const ring = ringOf(1000)
  expect(ring.readFromNewestJoinPoint()).toEqual([])
  ring.append(bytes(188, 1), [0])
  ring.append(bytes(376, 2), [188])
  ring.append(bytes(188, 3), [])
  expect(ring.readFromNewestJoinPoint()).toEqual([bytes(188, 2), bytes(188, 3)])
})

test('a piece that does not fit into one slab ends only with its last chunk', () => {
  const ring = ringOf(1_000_000)
  ring.append(bytes(SLAB_BYTES - 188), [])
  ring.append(bytes(500, 2), [])
  const ends = [0, SLAB_BYTES - 188, SLAB_BYTES].map((position) => ring.chunkAt(position))
  expect(ends.map((chunk) => [chunk!.bytes.length, chunk!.isEnd])).toEqual([
    [SLAB_BYTES - 188, true],
    [188, false],
    [312, true],
  ])
})

test('media that lies together is read together, and ends where a piece ended', () => {
  const ring = ringOf(1_000)
  for (const value of [1, 2, 3, 4]) ring.append(bytes(100, value), [])
  expect(ring.runAt(0, 250)?.bytes).toEqual(Buffer.concat([bytes(100, 1), bytes(100, 2)]))
  expect(ring.runAt(150, 1_000)).toMatchObject({ start: 150, isEnd: true })
  expect(ring.runAt(150, 1_000)?.bytes).toEqual(Buffer.concat([bytes(50, 2), bytes(100, 3), bytes(100, 4)]))
  expect(ring.runAt(400, 1_000)).toBeUndefined()
})

test('small pieces become one chunk with the place of the last, while the ring keeps 16 chunks', () => {
  const ring = ringOf(16 * 300)
  const [first, second, third, fourth] = [1, 2, 3, 4].map((position) => ({ position }) as SplicerState)
  ring.append(bytes(100, 1), [0], first)
  const read = ring.chunkAt(0)!
  const placeOfReader = read.state
  ring.append(bytes(100, 2), [], second)
  ring.append(bytes(100, 3), [], third)
  ring.append(bytes(100, 4), [], fourth)
  expect(ring.chunkAt(50)).toMatchObject({ start: 0, state: third, isEnd: true })
  expect(ring.chunkAt(50)?.bytes).toEqual(Buffer.concat([bytes(100, 1), bytes(100, 2), bytes(100, 3)]))
  expect(ring.chunkAt(300)).toMatchObject({ start: 300, state: fourth, isEnd: true })
  expect(placeOfReader).toBe(first)
  expect(ring.newestJoinPoint).toBe(0)
})

test('a slab is used again when it has left the ring and nobody holds it, and never before', () => {
  const pool = new SlabPool(10 * SLAB_BYTES)
  const ring = new MediaRing({ capacityBytes: SLAB_BYTES, monotonicMs: () => 0, pool })
  ring.append(bytes(SLAB_BYTES, 1), [])
  const held = ring.chunkAt(0)!
  held.slab.hold()
  for (const value of [2, 3, 4, 5]) ring.append(bytes(SLAB_BYTES, value), [])
  expect(held.bytes).toEqual(bytes(SLAB_BYTES, 1))
  const freeBefore = pool.freeBytes
  held.slab.release()
  expect(pool.freeBytes).toBe(freeBefore + SLAB_BYTES)
  ring.append(bytes(SLAB_BYTES, 6), [])
  expect(ring.chunkAt(ring.head - 1)!.slab).toBe(held.slab)
})

test('in steady state nothing is allocated, and what is given back beyond the bound is forgotten', () => {
  const pool = new SlabPool(4 * SLAB_BYTES)
  const ring = new MediaRing({ capacityBytes: 2 * SLAB_BYTES, monotonicMs: () => 0, pool })
  const slabs = new Set()
  for (let count = 0; count < 1_000; count += 1) {
    ring.append(bytes(1_880, count % 256), [])
    slabs.add(ring.chunkAt(ring.head - 1)!.slab)
  }
  expect(slabs.size).toBeLessThanOrEqual(4)
  const many = Array.from({ length: 20 }, () => pool.take())
  for (const slab of many) slab.release()
  ring.clear()
  expect(pool.freeBytes).toBe(4 * SLAB_BYTES)
})
