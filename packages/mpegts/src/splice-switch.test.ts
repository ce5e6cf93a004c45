import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createSplicer, type Splicer } from './index.ts'
import { PACKET_BYTES, pidOf } from './packet.ts'
import { createSource, FRAME_TICKS, readOutput, type SourceOptions } from './test-packets.ts'

/** A second input with other PIDs, another clock, and its own numbers. */
function otherSource(options: SourceOptions = {}) {
  const own = { startTicks: 5_000_000_000, videoPid: 0x44, audioPid: 0x45, pmtPid: 0x20, firstNumber: 1000 }
  return createSource({ ...own, ...options })
}

function switchTo(splicer: Splicer, input: Buffer, options?: { sameStream?: boolean }) {
  splicer.startInput(options)
  return splicer.push(input)
}

describe('a switch', () => {
  test('goes on one frame later, with PAT, PMT and a key frame first', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource().frames(20)).packets
    const other = otherSource()
    other.frames(3)
    const after = switchTo(splicer, other.frames(20))
    expect([0, 1, 2].map((index) => pidOf(after.packets, index * PACKET_BYTES))).toEqual([0, 0x1000, 0x100])
    expect(after.joinPoints[0]).toBe(0)
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0, pids: [0, 0x1000, 0x100, 0x110] })
    expect(reading.pictures.slice(18, 20)).toEqual([18, 1005])
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  })

  test('never sends half a picture: what is incomplete at the switch is dropped', () => {
    const input = createSource().frames(10)
    const splicer = createSplicer()
    const before = splicer.push(Buffer.from(input.subarray(0, 23 * PACKET_BYTES))).packets
    const reading = readOutput(Buffer.concat([before, switchTo(splicer, otherSource().frames(10)).packets]))
    const whole = readOutput(createSplicer().push(createSource().frames(10)).packets)
    const first = reading.pictures.indexOf(1000)
    expect(reading.pictures.slice(0, first)).toEqual(whole.pictures.slice(0, first))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
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
})

describe('the same source again', () => {
  test('what was sent already is dropped, up to a key frame behind it', () => {
    const splicer = createSplicer()
    const before = splicer.push(createSource().frames(53)).packets
    const again = createSource()
    again.frames(20)
    const after = switchTo(splicer, again.frames(80), { sameStream: true })
    const reading = readOutput(Buffer.concat([before, after.packets]))
    expect(reading.pictures).toEqual([
      ...Array.from({ length: 52 }, (_, index) => index),
      ...Array.from({ length: 44 }, (_, index) => 55 + index),
    ])
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })

  test('more than 20 s back is no overlap, but a new beginning', () => {
    const splicer = createSplicer()
    splicer.push(createSource().frames(25 * 25))
    expect(readOutput(switchTo(splicer, createSource().frames(50), { sameStream: true }).packets).pictures[0]).toBe(0)
  })

  test('another source may have the same time stamps', () => {
    const splicer = createSplicer()
    splicer.push(createSource().frames(50))
    const reading = readOutput(switchTo(splicer, otherSource({ startTicks: 900_000 }).frames(50)).packets)
    expect(reading.pictures[0]).toBe(1000)
  })

  test('the overlap is remembered over an attempt that brought nothing, unless it was of another source', () => {
    for (const [first, expected] of [
      [true, 50],
      [false, 0],
    ] as const) {
      const splicer = createSplicer()
      splicer.push(createSource().frames(50))
      splicer.startInput({ sameStream: first })
      const { packets } = switchTo(splicer, createSource().frames(80), { sameStream: true })
      expect(readOutput(packets).pictures[0]).toBe(expected)
    }
  })
})

test('a later leader goes on where the snapshot was taken', () => {
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
  expect(reading.pictures).toEqual([...Array(49).keys(), ...Array.from({ length: 29 }, (_, index) => 50 + index)])
  expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
})
