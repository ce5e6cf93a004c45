import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createTransportStreamChecker } from '@kptv/testkit'
import { type CollectingSplicer, createSplicer } from '../test-support/create-splicer.ts'
import { createSource, FRAME_TICKS, readOutput, type SourceOptions } from '../test-support/test-packets.ts'
import { hasClockReference, PACKET_BYTES, pidOf, readClockReference } from './packet.ts'
import { ticksBetween } from './timestamps.ts'

/** A second input with other PIDs, another clock, and its own numbers. */
function otherSource(options: SourceOptions = {}) {
  const own = { startTicks: 5_000_000_000, videoPid: 0x44, audioPid: 0x45, pmtPid: 0x20, firstNumber: 1000 }
  return createSource({ ...own, ...options })
}

function clocksOf(packets: Buffer): number[] {
  const clocks: number[] = []
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    if (hasClockReference(packets, offset)) clocks.push(readClockReference(packets, offset))
  }
  return clocks
}

function without(pid: number, packets: Buffer): Buffer {
  const all = Array.from({ length: packets.length / PACKET_BYTES }, (_, index) =>
    packets.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES),
  )
  return Buffer.concat(all.filter((packet) => pidOf(packet, 0) !== pid))
}

function switchTo(splicer: CollectingSplicer, input: Buffer, options?: { readonly sameStream?: boolean }) {
  splicer.startInput(options)
  return splicer.push(input)
}

describe('a switch', () => {
  test('continues one frame later, with PAT, PMT and a key frame first', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource().frames(20)).packets
    const other = otherSource()
    other.frames(3)
    const after = switchTo(splicer, other.frames(20))
    expect([0, 1, 2].map((index) => pidOf(after.packets, index * PACKET_BYTES))).toEqual([0, 0x1000, 0x100])
    expect(after.joinPoints[0]).toBe(0)
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0, pids: [0, 0x1000, 0x100, 0x110] })
    expect(reading.frameNumbers.slice(18, 21)).toEqual([18, 19, 1005])
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  })

  test('in mid-frame: the sent part stays, the rest is dropped, the next frame is a key frame', () => {
    const input = createSource().frames(10)
    const splicer = createSplicer()
    const before = splicer.push(Buffer.from(input.subarray(0, 23 * PACKET_BYTES))).packets
    const after = switchTo(splicer, otherSource().frames(10))
    expect(after.joinPoints[0]).toBe(0)
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  })

  test('the output may wrap right at the switch', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource({ startTicks: 2 ** 33 - 20 * FRAME_TICKS }).frames(20)).packets
    const reading = readOutput(Buffer.concat([before, switchTo(splicer, otherSource().frames(20)).packets]))
    expect(reading.stepsBack).toBe(0)
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  })

  test('a source with less delay between PCR and DTS does not turn the clock back', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource({ clockTicks: 900_000 - 9_000 }).frames(20)).packets
    const slow = otherSource({ clockTicks: 5_000_000_000 - 90_000 })
    const reading = readOutput(Buffer.concat([before, switchTo(splicer, slow.frames(20)).packets]))
    expect(reading.stepsBack).toBe(0)
    expect(Math.max(...reading.videoSteps)).toBeLessThanOrEqual(90_000)
  })

  test('while the clock waits for a source with more delay, audio that would be late is left out', () => {
    const splicer = createSplicer()
    const source = createSource({ clockTicks: 900_000 - 1_800 })
    const before = splicer.push(Buffer.concat([source.frames(15), without(0x201, source.frames(5))])).packets
    const early = otherSource({ clockTicks: 5_000_000_000 - 7_200, audioLeadTicks: 6_300 })
    const packets = Buffer.concat([before, switchTo(splicer, early.frames(20)).packets])
    const checker = createTransportStreamChecker()
    checker.push(packets)
    expect(checker.report().clocks).toMatchObject({ stampsOffClock: 0, pcrBackward: 0 })
    expect(readOutput(packets).audioSteps.length).toBeGreaterThan(30)
  })

  test.each([
    ['with its frames', 0x44],
    ['on packets of its own', 0x50],
  ])('a source that sends its frames later causes no jump of the clock, which comes %s', (_, clockPid) => {
    const splicer = createSplicer()
    const before = splicer.push(createSource({ clockTicks: 900_000 - 90_000 }).frames(20)).packets
    const late = otherSource({ clockTicks: 5_000_000_000 - 9_000, clockPid })
    const after = switchTo(splicer, late.frames(20))
    const clocks = clocksOf(Buffer.concat([before, after.packets]))
    const steps = clocks.slice(1).map((ticks, index) => ticksBetween(clocks[index]!, ticks))
    expect(Math.min(...steps)).toBeGreaterThan(0)
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * FRAME_TICKS)
    const [joinPoint] = after.joinPoints
    expect([0, 1, 2].map((index) => pidOf(after.packets, joinPoint! + index * PACKET_BYTES))).toEqual([
      0, 0x1000, 0x100,
    ])
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  })
})

describe('the same source again', () => {
  test('frames sent already are dropped, and the output continues with the very next one', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource().frames(53)).packets
    const again = createSource()
    again.frames(20)
    const after = switchTo(splicer, again.frames(80), { sameStream: true })
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading.frameNumbers).toEqual([...Array(100).keys()])
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
    expect(new Set(reading.audioSteps)).toEqual(new Set([FRAME_TICKS]))
  })

  test('if the last frame does not return, the output continues at the next key frame', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource().frames(53)).packets
    const again = createSource()
    again.frames(53)
    const after = switchTo(splicer, again.frames(40), { sameStream: true })
    expect(after.joinPoints[0]).toBe(0)
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading.frameNumbers.slice(51, 55)).toEqual([51, 52, 55, 56])
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })

  test('a damaged frame after the last one is sent up to its loss, as at any other time', () => {
    const splicer = createSplicer()
    splicer.push(createSource().frames(53))
    const again = createSource()
    const upTo = again.frames(53)
    const damaged = again.frames(1)
    damaged[PACKET_BYTES + 3]! ^= 0x07
    const after = switchTo(splicer, Buffer.concat([upTo, damaged, again.frames(20)]), { sameStream: true })
    const reading = readOutput(after.packets)
    expect(reading.continuityErrors).toBe(0)
    expect(reading.frameNumbers[0]).toBe(53)
  })

  test('more than 20 s back is not an overlap but a new start', () => {
    const splicer = createSplicer()
    splicer.push(createSource().frames(25 * 25))
    expect(readOutput(switchTo(splicer, createSource().frames(50), { sameStream: true }).packets).frameNumbers[0]).toBe(
      0,
    )
  })

  test('another source may have the same timestamps', () => {
    const splicer = createSplicer()
    splicer.push(createSource().frames(50))
    const reading = readOutput(switchTo(splicer, otherSource({ startTicks: 900_000 }).frames(50)).packets)
    expect(reading.frameNumbers[0]).toBe(1000)
  })

  test('the overlap is remembered across an attempt that brought nothing, unless it was of another source', () => {
    for (const [first, expected] of [
      [true, 50],
      [false, 0],
    ] as const) {
      const splicer = createSplicer()
      splicer.push(createSource().frames(50))
      splicer.startInput({ sameStream: first })
      const { packets } = switchTo(splicer, createSource().frames(80), { sameStream: true })
      expect(readOutput(packets).frameNumbers[0]).toBe(expected)
    }
  })
})

test('a later leader continues where the snapshot was taken', () => {
  const leader = createSplicer()
  const before = leader.push(createSource().frames(20)).packets
  const state = JSON.parse(JSON.stringify(leader.snapshot()))
  const successor = createSplicer({ resume: state })
  const after = switchTo(successor, otherSource().frames(20)).packets
  expect(after).toEqual(switchTo(leader, otherSource().frames(20)).packets)
  const reading = readOutput(Buffer.concat([before, after]))
  expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
})

test('a later leader that opens the same source knows what was sent already', () => {
  const leader = createSplicer()
  const before = leader.push(createSource().frames(50)).packets
  const successor = createSplicer({ resume: JSON.parse(JSON.stringify(leader.snapshot())) })
  const after = switchTo(successor, createSource().frames(80), { sameStream: true }).packets
  const reading = readOutput(Buffer.concat([before, after]))
  expect(reading.frameNumbers).toEqual([...Array(80).keys()])
  expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
})

describe('the same stream, once through the output of another node and once directly', () => {
  const relayed = (leader: CollectingSplicer, input: Buffer): Buffer => Buffer.from(leader.push(input).packets)

  test('a follower that connects itself continues with the very next frame', () => {
    const leader = createSplicer()
    leader.push(otherSource().frames(30))
    leader.startInput()
    const follower = createSplicer()
    follower.push(createSource({ startTicks: 77 }).frames(9))
    follower.startInput()
    const before = follower.push(relayed(leader, createSource().frames(53))).packets
    follower.startInput({ sameStream: true, shiftTicks: leader.offsetTicks! })
    const again = createSource()
    again.frames(25)
    const reading = readOutput(Buffer.concat([before, follower.push(again.frames(60)).packets]))
    expect(reading.frameNumbers).toEqual([...Array(85).keys()])
    expect(new Set(reading.audioSteps)).toEqual(new Set([FRAME_TICKS]))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })

  test("a follower that keeps following takes over the new leader's output in the same way", () => {
    const [leader, next, other] = [createSplicer(), createSplicer(), createSplicer()]
    next.push(otherSource().frames(7))
    next.startInput()
    const media = relayed(leader, createSource().frames(53))
    next.push(Buffer.from(media))
    const before = other.push(media).packets
    const offset = leader.offsetTicks!
    next.startInput({ sameStream: true, shiftTicks: offset })
    expect(next.offsetTicks).toBeUndefined()
    const again = createSource()
    again.frames(20)
    // From a join point on, so that it contains what the other one has had.
    const directly = createSplicer()
    const own = directly.push(again.frames(60)).packets
    other.startInput({ sameStream: true, shiftTicks: offset - directly.offsetTicks! })
    const reading = readOutput(Buffer.concat([before, other.push(Buffer.from(own)).packets]))
    expect(reading.frameNumbers).toEqual([...Array(80).keys()])
    expect(new Set(reading.audioSteps)).toEqual(new Set([FRAME_TICKS]))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })
})
