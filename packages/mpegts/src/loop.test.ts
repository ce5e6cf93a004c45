import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createSource, FRAME_TICKS, readOutput } from '../test-support/test-packets.ts'
import { createLoop } from './index.ts'

const CLIP_TICKS = 50 * FRAME_TICKS
const SOURCE = { videoPid: 0x100, audioPid: 0x110, pmtPid: 0x1000 }

function play(clip: Buffer, count: number, startTicks = 0) {
  const loop = createLoop(clip, { durationTicks: CLIP_TICKS, startTicks })
  return Array.from({ length: count }, () => loop.next())
}

describe('createLoop', () => {
  test('counters and times run on from loop to loop, through the wrap', () => {
    const clip = createSource({ ...SOURCE, startTicks: 2 ** 33 - 75 * FRAME_TICKS }).frames(50)
    const pieces = play(clip, 200)
    const reading = readOutput(Buffer.concat(pieces.map((piece) => piece.packets)))
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
    expect(reading.frameNumbers.length).toBeGreaterThan(300)
  })

  test('pieces are due in order, at most 100 ms long', () => {
    const due = play(createSource(SOURCE).frames(50), 100).map((piece) => piece.atTicks)
    const steps = due.slice(1).map((ticks, index) => ticks - due[index]!)
    expect(due[0]).toBe(0)
    expect(Math.min(...steps)).toBeGreaterThan(0)
    expect(Math.max(...steps)).toBeLessThanOrEqual(9000)
  })

  test('can start in mid-loop, as a live source does', () => {
    const clip = createSource(SOURCE).frames(50)
    const startTicks = 3 * CLIP_TICKS + 10 * FRAME_TICKS
    const [first] = play(clip, 1, startTicks)
    expect(first!.atTicks).toBeLessThanOrEqual(startTicks)
    expect(first!.atTicks).toBeGreaterThan(startTicks - 9001)
    const all = play(clip, 200)
    const same = all.find((piece) => piece.atTicks === first!.atTicks)
    expect(readOutput(first!.packets).videoTimes).toEqual(readOutput(same!.packets).videoTimes)
  })

  test('the clip is not modified; a splicer finds nothing to repair', () => {
    const clip = createSource(SOURCE).frames(50)
    const before = Buffer.from(clip)
    const packets = Buffer.concat(play(clip, 300).map((piece) => piece.packets))
    expect(clip).toEqual(before)
    const spliced = createSplicer().push(packets).packets
    expect(new Set(readOutput(spliced).videoSteps)).toEqual(new Set([FRAME_TICKS]))
    expect(spliced.length).toBe(packets.length)
  })

  test('a clip without a clock is one piece per loop', () => {
    const due = play(createSource({ ...SOURCE, hasClock: false }).frames(50), 3).map((piece) => piece.atTicks)
    expect(due).toEqual([0, CLIP_TICKS, 2 * CLIP_TICKS])
  })

  test.each([
    [Buffer.alloc(0), 1],
    [Buffer.alloc(100), 1],
    [Buffer.alloc(188), 0],
  ])('refuses what cannot be looped', (clip, durationTicks) => {
    expect(() => createLoop(clip, { durationTicks })).toThrow(RangeError)
  })
})
