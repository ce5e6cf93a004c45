import { expect, test } from '@jest/globals'
import { createSplicer } from '@kptv/mpegts'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { MediaRing } from './media-ring.ts'
import { NO_PROGRESS_MS, Viewer, type ViewerSink } from './viewer.ts'

/** A socket that takes bytes only when told to. */
class HeldSink implements ViewerSink {
  taken: Buffer[] = []
  #held: Array<{ bytes: Buffer; accepted: () => void }> = []
  state: 'open' | 'ended' | 'destroyed' = 'open'

  write(bytes: Buffer, accepted: () => void): void {
    this.#held.push({ bytes, accepted })
  }

  takeOne(): void {
    const entry = this.#held.shift()
    if (entry === undefined) return
    this.taken.push(entry.bytes)
    entry.accepted()
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
  const clock = { now: 0 }
  const viewer = new Viewer({ ring, sink, now: () => clock.now, position })
  return { sink, clock, viewer }
}

const MEGABYTE = 1024 * 1024
const ringOf = (capacityBytes: number) => new MediaRing({ capacityBytes, now: () => 0 })

test('sends everything in order to a socket that keeps up', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  const all: Buffer[] = []
  for (let value = 0; value < 200; value += 1) {
    const chunk = Buffer.alloc(1880, value)
    all.push(chunk)
    ring.append(chunk, [0])
    viewer.pump()
    sink.takeAll()
  }
  expect(Buffer.concat(sink.taken).equals(Buffer.concat(all))).toBe(true)
  expect(viewer.jumps).toBe(0)
})

test('hands a slow socket no more than its window, whatever arrives', () => {
  const ring = ringOf(10 * MEGABYTE)
  const { sink, viewer } = watch(ring)
  for (let index = 0; index < 100; index += 1) {
    ring.append(Buffer.alloc(64 * 1024), [])
    viewer.pump()
  }
  expect(sink.heldBytes).toBeLessThanOrEqual(256 * 1024 + 64 * 1024)
})

test('jumps to the newest join point when it fell out of the ring', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  for (let value = 0; value < 100; value += 1) {
    ring.append(Buffer.alloc(64 * 1024, value), value % 10 === 0 ? [188] : [])
    viewer.pump()
  }
  sink.takeAll()
  expect(viewer.jumps).toBe(1)
  const landed = sink.taken.findIndex((bytes) => bytes[0]! >= 84)
  expect(sink.taken[landed]![0]).toBe(90)
  expect(sink.taken[landed]!.length).toBe(64 * 1024 - 188)
  expect(sink.taken.at(-1)![0]).toBe(99)
})

test('leaves no half packet behind when it jumps out of a large chunk', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  for (let value = 0; value < 8; value += 1) {
    ring.append(Buffer.alloc(2000 * 188, value), value % 2 === 0 ? [0] : [])
    viewer.pump()
  }
  sink.takeAll()
  expect(viewer.jumps).toBeGreaterThan(0)
  expect(sink.taken.filter((bytes) => bytes.length % 188 !== 0)).toEqual([])
})

test('after each jump his counters and clocks run on, from a key frame, as if nothing had been missed', () => {
  const ring = ringOf(100 * 1024)
  const [maker, splicer] = [createTransportStreamMaker({ bitsPerSecond: 600_000 }), createSplicer()]
  const send = () => {
    const { packets, joinPoints } = splicer.push(maker.next(40))
    ring.append(packets, joinPoints, splicer.snapshot())
  }
  while (ring.newestJoinPoint === undefined) send()
  const [slow, fast] = [watch(ring), watch(ring)]
  for (let index = 0; index < 800; index += 1) {
    send()
    for (const { viewer } of [slow, fast]) viewer.pump()
    if (index % 40 === 0) slow.sink.takeOne()
    fast.sink.takeAll()
  }
  slow.sink.takeAll()
  expect(slow.viewer.jumps).toBeGreaterThan(3)
  expect(fast.viewer.jumps).toBe(0)
  for (const { sink } of [slow, fast]) {
    const checker = createTransportStreamChecker()
    checker.push(Buffer.concat(sink.taken), 0)
    expect(checker.report().problems).toEqual([])
    // A player is told to find a key frame in the first 64 KB; it follows at once, whatever lies between in the source.
    expect(checker.report().start.bytesFromTablesToKeyFrame).toBe(0)
  }
}, 30_000)

test('T21: a burst of twenty seconds at once stays within the ring and the window, and is valid for the slowest', () => {
  const ring = ringOf(MEGABYTE)
  const [burst, splicer] = [createTransportStreamMaker({ bitsPerSecond: 2_000_000 }).next(20_000), createSplicer()]
  let slow: ReturnType<typeof watch> | undefined
  let most = { ring: 0, held: 0 }
  for (let at = 0; at < burst.length; at += 348 * 188) {
    const { packets, joinPoints } = splicer.push(Buffer.from(burst.subarray(at, at + 348 * 188)))
    ring.append(packets, joinPoints, splicer.snapshot())
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
    ring.append(Buffer.alloc(64 * 1024, value), [])
    viewer.pump()
  }
  sink.takeAll()
  const before = sink.taken.length
  ring.append(Buffer.alloc(1880, 50), [])
  viewer.pump()
  expect(sink.taken.length).toBe(before)
  ring.append(Buffer.alloc(1880, 51), [0])
  viewer.pump()
  sink.takeAll()
  expect(sink.taken.length).toBe(before + 1)
  expect(sink.taken.at(-1)![0]).toBe(51)
})

test('is stuck only when its socket takes nothing although there is something to take', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, clock, viewer } = watch(ring)
  clock.now = NO_PROGRESS_MS * 10
  expect(viewer.isStuck()).toBe(false)
  ring.append(Buffer.alloc(188), [])
  viewer.pump()
  expect(viewer.isStuck()).toBe(false)
  clock.now += NO_PROGRESS_MS + 1
  expect(viewer.isStuck()).toBe(true)
  sink.takeOne()
  expect(viewer.isStuck()).toBe(false)
})

test('writes nothing after its end', () => {
  const ring = ringOf(MEGABYTE)
  const { sink, viewer } = watch(ring)
  viewer.end()
  ring.append(Buffer.alloc(188), [])
  viewer.pump()
  expect(sink.state).toBe('ended')
  expect(sink.heldBytes).toBe(0)
})
