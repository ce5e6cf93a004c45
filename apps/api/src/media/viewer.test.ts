import { expect, test } from '@jest/globals'
import { createSplicer } from '@kptv/mpegts/test-support'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { appendPiece } from '../../test-support/append-piece.ts'
import { MediaRing } from './media-ring.ts'
import { SLAB_BYTES, SlabPool } from './slab-pool.ts'
import { NO_PROGRESS_MS, Viewer, type ViewerSink } from './viewer.ts'

/** A socket that takes bytes only when told to. */
class HeldSink implements ViewerSink {
  taken: Buffer[] = []
  corks = 0
  /** Bytes that went out at once, by and by. */
  batches: number[] = [0]
  #held: Array<{ readonly bytes: Buffer; readonly asWritten: Buffer; readonly accepted: () => void }> = []
  /** Writes whose bytes had changed when the socket took them. */
  changed = 0
  state: 'open' | 'ended' | 'destroyed' = 'open'

  write(bytes: Buffer, accepted: () => void): void {
    this.#held.push({ bytes, asWritten: Buffer.from(bytes), accepted })
    this.batches[this.batches.length - 1]! += bytes.length
  }

  cork(): void {
    this.corks += 1
  }

  uncork(): void {
    this.corks -= 1
    if (this.corks === 0 && this.batches.at(-1)! > 0) this.batches.push(0)
  }

  takeOne(): void {
    const entry = this.#held.shift()
    if (entry === undefined) return
    if (!entry.bytes.equals(entry.asWritten)) this.changed += 1
    this.taken.push(Buffer.from(entry.bytes))
    entry.accepted()
  }

  /** Like a socket whose buffer has room again. */
  takeSome(): void {
    for (let bytes = 0; bytes < 100_000 && this.#held.length > 0; bytes += this.taken.at(-1)!.length) this.takeOne()
  }

  takeAll(): void {
    while (this.#held.length > 0) this.takeOne()
  }

  get heldBytes(): number {
    return this.#held.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  end(): void {
    this.state = 'ended'
  }

  destroy(): void {
    this.state = 'destroyed'
  }
}

function watch(ring: MediaRing, position = 0) {
  const sink = new HeldSink()
  const clock = { monotonicMs: 0 }
  const viewer = new Viewer({ ring, sink, monotonicMs: () => clock.monotonicMs, position })
  return { sink, clock, viewer }
}

const MEGABYTE = 1024 * 1024
const ringOf = (capacityBytes: number) => new MediaRing({ capacityBytes, monotonicMs: () => 0 })

test('the parts of one piece in two slabs are sent together', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  const piece = Buffer.alloc(SLAB_BYTES - 188)
  for (let count = 0; count < 4; count += 1) {
    appendPiece(ring, piece)
    viewer.pump()
    sink.takeAll()
  }
  expect(sink.taken.length).toBeGreaterThan(4)
  expect(sink.batches).toEqual([piece.length, piece.length, piece.length, piece.length, 0])
  expect(sink.corks).toBe(0)
})

test('sends everything in order to a socket that keeps up', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  const all: Buffer[] = []
  for (let value = 0; value < 200; value += 1) {
    const chunk = Buffer.alloc(1880, value)
    all.push(chunk)
    appendPiece(ring, chunk, [0])
    viewer.pump()
    sink.takeAll()
  }
  expect(Buffer.concat(sink.taken).equals(Buffer.concat(all))).toBe(true)
  expect(viewer.jumps).toBe(0)
})

test('gives a slow socket no more than its window, whatever arrives', () => {
  const ring = ringOf(10 * MEGABYTE)
  const { sink, viewer } = watch(ring)
  for (let index = 0; index < 100; index += 1) {
    appendPiece(ring, Buffer.alloc(64 * 1024))
    viewer.pump()
  }
  expect(sink.heldBytes).toBeLessThanOrEqual(256 * 1024 + 64 * 1024)
})

test('jumps to the newest join point after falling out of the ring', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  for (let value = 0; value < 100; value += 1) {
    appendPiece(ring, Buffer.alloc(64 * 1024, value), value % 10 === 0 ? [188] : [])
    viewer.pump()
  }
  sink.takeAll()
  expect(viewer.jumps).toBe(1)
  const all = Buffer.concat(sink.taken)
  const landed = all.findIndex((byte) => byte >= 84)
  expect(all[landed]).toBe(90)
  expect(all.indexOf(91) - landed).toBe(64 * 1024 - 188)
  expect(all.at(-1)).toBe(99)
})

test('leaves no half packet behind when it jumps out of a large chunk', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  for (let value = 0; value < 8; value += 1) {
    appendPiece(ring, Buffer.alloc(2000 * 188, value), value % 2 === 0 ? [0] : [])
    viewer.pump()
  }
  sink.takeAll()
  expect(viewer.jumps).toBeGreaterThan(0)
  expect(sink.taken.filter((bytes) => bytes.length % 188 !== 0)).toEqual([])
})

test('counters and clocks run on after each jump, from a key frame, as if nothing had been missed', () => {
  const ring = ringOf(100 * 1024)
  const [maker, splicer] = [createTransportStreamMaker({ bitsPerSecond: 600_000 }), createSplicer()]
  const send = () => {
    const { packets, joinPoints } = splicer.push(maker.next(40))
    appendPiece(ring, packets, joinPoints, splicer.snapshot())
  }
  while (ring.newestJoinPoint === undefined) send()
  const [slow, fast] = [watch(ring), watch(ring)]
  for (let index = 0; index < 800; index += 1) {
    send()
    for (const { viewer } of [slow, fast]) viewer.pump()
    if (index % 100 === 0) slow.sink.takeSome()
    fast.sink.takeAll()
  }
  slow.sink.takeAll()
  expect(slow.viewer.jumps).toBeGreaterThan(3)
  expect(fast.viewer.jumps).toBe(0)
  for (const { sink } of [slow, fast]) {
    const checker = createTransportStreamChecker()
    checker.push(Buffer.concat(sink.taken), 0)
    expect(checker.report().problems).toEqual([])
    // A player needs a key frame in the first 64 KB; it follows at once, in spite of other packets
    // between in the source.
    expect(checker.report().start.bytesFromTablesToKeyFrame).toBe(0)
  }
}, 30_000)

test('T21: a burst of twenty seconds stays within the ring and the window, and is valid for the slowest viewer', () => {
  const ring = ringOf(MEGABYTE)
  const [burst, splicer] = [createTransportStreamMaker({ bitsPerSecond: 2_000_000 }).next(20_000), createSplicer()]
  let slow: ReturnType<typeof watch> | undefined
  let most = { ring: 0, held: 0 }
  for (let at = 0; at < burst.length; at += 348 * 188) {
    const { packets, joinPoints } = splicer.push(Buffer.from(burst.subarray(at, at + 348 * 188)))
    appendPiece(ring, packets, joinPoints, splicer.snapshot())
    slow ??= ring.newestJoinPoint === undefined ? undefined : watch(ring, ring.newestJoinPoint)
    slow?.viewer.pump()
    most = { ring: Math.max(most.ring, ring.sizeBytes), held: Math.max(most.held, slow?.sink.heldBytes ?? 0) }
  }
  expect(most.ring).toBeLessThanOrEqual(MEGABYTE)
  expect(most.held).toBeLessThanOrEqual(256 * 1024 + 64 * 1024)
  slow!.sink.takeAll()
  const checker = createTransportStreamChecker()
  checker.push(Buffer.concat(slow!.sink.taken), 0)
  expect(checker.report()).toMatchObject({ problems: [] })
  expect(slow!.viewer.jumps).toBe(1)
}, 30_000)

test('waits for the next join point when none is held', () => {
  const ring = ringOf(200 * 1024)
  const { sink, viewer } = watch(ring)
  for (let value = 0; value < 20; value += 1) {
    appendPiece(ring, Buffer.alloc(64 * 1024, value))
    viewer.pump()
  }
  sink.takeAll()
  const before = sink.taken.length
  appendPiece(ring, Buffer.alloc(1880, 50))
  viewer.pump()
  expect(sink.taken.length).toBe(before)
  appendPiece(ring, Buffer.alloc(1880, 51), [0])
  viewer.pump()
  sink.takeAll()
  expect(sink.taken.length).toBe(before + 1)
  expect(sink.taken.at(-1)![0]).toBe(51)
})

test('is stuck only when its socket takes nothing although there is something to take', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, clock, viewer } = watch(ring)
  clock.monotonicMs = NO_PROGRESS_MS * 10
  expect(viewer.isStuck()).toBe(false)
  appendPiece(ring, Buffer.alloc(188))
  viewer.pump()
  expect(viewer.isStuck()).toBe(false)
  clock.monotonicMs += NO_PROGRESS_MS + 1
  expect(viewer.isStuck()).toBe(true)
  sink.takeOne()
  expect(viewer.isStuck()).toBe(false)
})

test('writes nothing after its end', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  viewer.end()
  appendPiece(ring, Buffer.alloc(188))
  viewer.pump()
  expect(sink.state).toBe('ended')
  expect(sink.heldBytes).toBe(0)
})

test('a slow viewer never sees its bytes change, however often the ring reuses its memory', () => {
  const pool = new SlabPool(8 * MEGABYTE)
  const ring = new MediaRing({ capacityBytes: 4 * SLAB_BYTES, monotonicMs: () => 0, pool })
  const watchers = [watch(ring), watch(ring), watch(ring)]
  const slabs = new Set<unknown>()
  for (let index = 0; index < 2_000; index += 1) {
    appendPiece(ring, Buffer.alloc(19 * 188, index % 251), index % 7 === 0 ? [0] : [])
    slabs.add(ring.runAt(ring.head - 1, 1)!.slab)
    for (const { viewer } of watchers) viewer.pump()
    watchers[0]!.sink.takeAll()
    if (index % 11 === 0) watchers[1]!.sink.takeOne()
    if (index % 97 === 0) watchers[2]!.sink.takeSome()
  }
  for (const { sink } of watchers) sink.takeAll()
  expect(watchers.map(({ sink }) => sink.changed)).toEqual([0, 0, 0])
  expect(watchers[2]!.viewer.jumps).toBeGreaterThan(5)
  // 7 MB went through them, in some 110 slabs if none were used again.
  expect(slabs.size).toBeLessThan(60)
})

test('a write that the socket refuses returns its memory', () => {
  const pool = new SlabPool(MEGABYTE)
  const ring = new MediaRing({ capacityBytes: SLAB_BYTES, monotonicMs: () => 0, pool })
  const refusing: ViewerSink = {
    write: (_bytes, done) => done(new Error('gone')),
    cork: () => undefined,
    uncork: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  }
  const viewer = new Viewer({ ring, sink: refusing, monotonicMs: () => 0, position: 0 })
  appendPiece(ring, Buffer.alloc(SLAB_BYTES))
  const { slab } = ring.runAt(0, 1)!
  viewer.pump()
  ring.clear()
  expect(pool.take()).toBe(slab)
  expect(viewer.sentBytes).toBe(0)
})
