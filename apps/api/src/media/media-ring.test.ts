import { expect, test } from '@jest/globals'
import type { SplicerState } from '@kptv/mpegts'
import { appendPiece } from '../../test-support/append-piece.ts'
import { MediaRing } from './media-ring.ts'
import { SLAB_BYTES, type Slab, SlabPool, slabBytesFor } from './slab-pool.ts'

const clock = { monotonicMs: 0 }
const ringOf = (capacityBytes: number) => new MediaRing({ capacityBytes, monotonicMs: () => clock.monotonicMs })
const bytes = (length: number, value = 1): Buffer => Buffer.alloc(length, value)

test('returns what was appended; the caller may reuse its bytes', () => {
  const ring = ringOf(1000)
  const packet = bytes(188)
  appendPiece(ring, packet)
  packet.fill(9)
  expect(ring.runAt(0, 1)?.bytes).toEqual(bytes(188))
  expect(ring.runAt(187, 1)).toMatchObject({ start: 187, isEnd: true })
  expect(ring.runAt(188, 1)).toBeUndefined()
})

test('drops the oldest chunks beyond its capacity, and their join points with them', () => {
  const ring = ringOf(300)
  appendPiece(ring, bytes(188, 1), [0])
  expect(ring.newestJoinPoint).toBe(0)
  appendPiece(ring, bytes(188, 2))
  expect(ring.tail).toBe(188)
  expect(ring.newestJoinPoint).toBeUndefined()
  expect(ring.runAt(0, 1)).toBeUndefined()
  appendPiece(ring, bytes(188, 3), [94])
  expect(ring.newestJoinPoint).toBe(470)
  expect(ring.runAt(470, 1)?.bytes[0]).toBe(3)
})

test('never drops the newest chunk, however large it is', () => {
  const ring = ringOf(100)
  appendPiece(ring, bytes(500), [0])
  expect(ring.sizeBytes).toBe(500)
  ring.resize(10)
  expect(ring.runAt(0, 1)?.bytes.length).toBe(500)
})

test('finds every position over many chunks of unequal size', () => {
  const ring = ringOf(6_000)
  const pieces = Array.from({ length: 100 }, (_, index) => bytes(index + 1, index + 1))
  for (const piece of pieces) appendPiece(ring, piece)
  const all = Buffer.concat(pieces)
  for (let position = 0; position < ring.head; position += 1) {
    expect(ring.runAt(position, 1)?.bytes[0]).toBe(all[position])
  }
})

test('shrinking frees memory at once', () => {
  const ring = ringOf(1000)
  for (let index = 0; index < 10; index += 1) appendPiece(ring, bytes(100))
  ring.resize(250)
  expect(ring.sizeBytes).toBe(200)
})

test('drops media older than half a minute, but nothing after the newest join point', () => {
  const ring = ringOf(100_000)
  for (let second = 0; second < 100; second += 1) {
    clock.monotonicMs = second * 1_000
    appendPiece(ring, bytes(100), second === 50 ? [0] : [])
  }
  expect(ring.tail).toBe(50 * 100)
  appendPiece(ring, bytes(100), [0])
  expect(ring.sizeBytes).toBe(32 * 100)
})

test('returns what it holds from the newest join point', () => {
  const ring = ringOf(1000)
  expect(ring.readFromNewestJoinPoint()).toEqual([])
  appendPiece(ring, bytes(188, 1), [0])
  appendPiece(ring, bytes(376, 2), [188])
  appendPiece(ring, bytes(188, 3))
  expect(ring.readFromNewestJoinPoint()).toEqual([bytes(188, 2), bytes(188, 3)])
})

test('a piece that does not fit into one slab ends only with its last chunk', () => {
  const ring = ringOf(1_000_000)
  appendPiece(ring, bytes(SLAB_BYTES - 188))
  appendPiece(ring, bytes(500, 2))
  const ends = [0, SLAB_BYTES - 188, SLAB_BYTES].map((position) => ring.runAt(position, 1))
  expect(ends.map((chunk) => [chunk!.bytes.length, chunk!.isEnd])).toEqual([
    [SLAB_BYTES - 188, true],
    [188, false],
    [312, true],
  ])
})

test('adjacent media is read together, up to the end of a piece', () => {
  const ring = ringOf(1_000)
  for (const value of [1, 2, 3, 4]) appendPiece(ring, bytes(100, value))
  expect(ring.runAt(0, 250)?.bytes).toEqual(Buffer.concat([bytes(100, 1), bytes(100, 2)]))
  expect(ring.runAt(150, 1_000)).toMatchObject({ start: 150, isEnd: true })
  expect(ring.runAt(150, 1_000)?.bytes).toEqual(Buffer.concat([bytes(50, 2), bytes(100, 3), bytes(100, 4)]))
  expect(ring.runAt(400, 1_000)).toBeUndefined()
})

test('small pieces become one chunk with the place of the last one, while the ring keeps 16 chunks', () => {
  const ring = ringOf(16 * 300)
  const [first, second, third, fourth] = [1, 2, 3, 4].map((position) => ({ position }) as SplicerState)
  appendPiece(ring, bytes(100, 1), [0], first)
  const read = ring.runAt(0, 1)!
  const placeOfReader = read.state
  appendPiece(ring, bytes(100, 2), [], second)
  appendPiece(ring, bytes(100, 3), [], third)
  appendPiece(ring, bytes(100, 4), [], fourth)
  expect(ring.runAt(0, 1)).toMatchObject({ start: 0, state: third, isEnd: true })
  expect(ring.runAt(0, 1)?.bytes).toEqual(Buffer.concat([bytes(100, 1), bytes(100, 2), bytes(100, 3)]))
  expect(ring.runAt(300, 1)).toMatchObject({ start: 300, state: fourth, isEnd: true })
  expect(placeOfReader).toBe(first)
  expect(ring.newestJoinPoint).toBe(0)
})

const MB = 1024 * 1024

test.each([
  [64 * 1024, 1],
  [MB, 1],
  [2 * MB, 2],
  [4 * MB, 4],
  [64 * MB, 4],
])('slabs for rings of %i bytes have %i times the smallest size', (ringBytes, times) => {
  expect(slabBytesFor(ringBytes)).toBe(times * SLAB_BYTES)
})

test('in a large slab most pieces are one write, and small ones become chunks of at most 64 KB', () => {
  const pool = new SlabPool(8 * MB, 4 * SLAB_BYTES)
  const ring = new MediaRing({ capacityBytes: 4 * MB, monotonicMs: () => 0, pool })
  const lengths: number[] = []
  for (let count = 0; count < 60; count += 1) {
    const from = ring.head
    for (let pieces = 0; pieces < 4; pieces += 1) appendPiece(ring, bytes(10_000, count))
    for (let at = from; at < ring.head; at += lengths.at(-1)!) lengths.push(ring.runAt(at, SLAB_BYTES)!.bytes.length)
  }
  // In the smallest slabs there would be 36 more.
  expect(lengths.length).toBeLessThanOrEqual(60 + 10)
  for (let at = ring.tail; at < ring.head; ) {
    const { length } = ring.runAt(at, 1)!.bytes
    expect(length).toBeLessThanOrEqual(64 * 1024)
    at += length
  }
})

test('a slab is reused once it has left the ring and nobody holds it, and never before', () => {
  const pool = new SlabPool(10 * SLAB_BYTES)
  const ring = new MediaRing({ capacityBytes: SLAB_BYTES, monotonicMs: () => 0, pool })
  appendPiece(ring, bytes(SLAB_BYTES, 1))
  const held = ring.runAt(0, 1)!
  held.slab.hold()
  for (const value of [2, 3, 4, 5]) appendPiece(ring, bytes(SLAB_BYTES, value))
  expect(held.bytes).toEqual(bytes(SLAB_BYTES, 1))
  held.slab.release()
  appendPiece(ring, bytes(SLAB_BYTES, 6))
  expect(ring.runAt(ring.head - 1, 1)!.slab).toBe(held.slab)
})

test('allocates nothing in steady state, and drops what is returned beyond its bound', () => {
  const pool = new SlabPool(4 * SLAB_BYTES)
  const ring = new MediaRing({ capacityBytes: 2 * SLAB_BYTES, monotonicMs: () => 0, pool })
  const slabs = new Set<Slab>()
  for (let count = 0; count < 1_000; count += 1) {
    appendPiece(ring, bytes(1_880, count % 256))
    slabs.add(ring.runAt(ring.head - 1, 1)!.slab)
  }
  expect(slabs.size).toBeLessThanOrEqual(4)
  const takeMany = () => Array.from({ length: 20 }, () => pool.take())
  const many = takeMany()
  for (const slab of many) slab.release()
  ring.clear()
  const known = new Set([...slabs, ...many])
  expect(takeMany().filter((slab) => known.has(slab))).toHaveLength(4)
})
