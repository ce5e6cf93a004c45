import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createSource, FRAME_TICKS, readOutput } from '../test-support/test-packets.ts'
import { StreamWatch } from './stream-watch.ts'

const FRAME_MS = 40
const FRAMES_PER_SECOND = 25

/** A splicer whose clock is that of the frames pushed at their pace. */
function createLive() {
  let nowMs = 0
  const splicer = createSplicer({ monotonicMs: () => nowMs })
  const outputs: Buffer[] = []
  /** The output, and after how many seconds its first media was passed. */
  const play = (source: ReturnType<typeof createSource>, seconds: number, pace = 1) => {
    let firstAtSeconds: number | undefined
    for (let frame = 0; frame < seconds * FRAMES_PER_SECOND; frame++) {
      nowMs += FRAME_MS / pace
      const { packets } = splicer.push(source.frames(1))
      if (packets.length > 0) firstAtSeconds ??= (frame * FRAME_MS) / 1000
      outputs.push(packets)
    }
    return firstAtSeconds
  }
  return { splicer, play, output: () => Buffer.concat(outputs) }
}

describe('a provider whose clock restarts with each connection', () => {
  test.each([5, 12, 15, 30])('plays when it is met again after %i s, without a loss', (seconds) => {
    const live = createLive()
    for (let connection = 0; connection < 4; connection++) {
      live.splicer.startInput({ sameStream: true })
      const first = live.play(createSource({ firstNumber: connection * 10_000, gopFrames: 50 }), seconds)
      // Media that comes in real time for a second is new, in spite of its clock.
      expect(first).toBeLessThanOrEqual(1.1)
    }
    const reading = readOutput(live.output())
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
    const played = Array.from({ length: 4 }, (_, connection) =>
      Array.from({ length: seconds * FRAMES_PER_SECOND }, (_none, index) => connection * 10_000 + index),
    )
    expect(reading.frameNumbers).toEqual(played.flat())
  })

  test('plays when it sends a few seconds ahead at first', () => {
    const live = createLive()
    live.play(createSource(), 12)
    live.splicer.startInput({ sameStream: true })
    const again = createSource({ firstNumber: 5_000 })
    expect(live.play(again, 3, 20)).toBeUndefined()
    expect(live.play(again, 4)).toBeLessThanOrEqual(2.1)
    expect(readOutput(live.output())).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })

  test('is not a repeating clip when the clock restarts within one connection', () => {
    const watch = new StreamWatch()
    const live = createLive()
    live.splicer.startInput({ watch })
    for (let start = 0; start < 8; start++) live.play(createSource({ firstNumber: start * 1_000 }), 15)
    expect(watch.facts().repeats).toBe(0)
    const { frameNumbers, continuityErrors, stepsBack } = readOutput(live.output())
    expect({ continuityErrors, stepsBack }).toEqual({ continuityErrors: 0, stepsBack: 0 })
    expect(frameNumbers).toHaveLength(8 * 15 * FRAMES_PER_SECOND)
  })
})

/** After `seconds` of media the stream is met again, and comes in bursts of 4 s. */
function playedBefore(seconds: number) {
  let nowMs = 0
  const splicer = createSplicer({ monotonicMs: () => nowMs })
  const outputs = [splicer.push(createSource().frames(seconds * FRAMES_PER_SECOND)).packets]
  splicer.startInput({ sameStream: true })
  const burst = (source: ReturnType<typeof createSource>, pauseMs: number) => {
    nowMs += pauseMs
    return Array.from({ length: 4 * FRAMES_PER_SECOND }, () => {
      nowMs += 1
      return splicer.push(source.frames(1)).packets
    })
  }
  return { outputs, burst }
}

describe('a provider that sends in bursts, and whose clock restarts for each connection', () => {
  test.each([8, 12, 16, 20])('is played from its second burst on when it is met again after %i s', (seconds) => {
    const { outputs, burst } = playedBefore(seconds)
    const again = createSource({ firstNumber: 10_000 })
    for (let count = 0; count < 5; count++) outputs.push(...burst(again, 3_900))
    const { frameNumbers, continuityErrors, stepsBack } = readOutput(Buffer.concat(outputs))
    expect({ continuityErrors, stepsBack }).toEqual({ continuityErrors: 0, stepsBack: 0 })
    const before = [...Array(seconds * FRAMES_PER_SECOND).keys()]
    // At the latest; the last key frame of the first burst waited for the unit behind it.
    const start = frameNumbers[before.length]!
    expect(start).toBeGreaterThanOrEqual(10_095)
    expect(start).toBeLessThanOrEqual(10_100)
    expect(frameNumbers).toEqual([...before, ...Array.from({ length: 10_500 - start }, (_, frame) => start + frame)])
  })
})

describe('media that is sent again', () => {
  test.each([2, 5, 50])('at %i times the pace is dropped, and the output continues after it', (pace) => {
    const live = createLive()
    live.play(createSource(), 20)
    live.splicer.startInput({ sameStream: true })
    live.play(createSource(), 20, pace)
    expect(live.splicer.isRepeating).toBe(false)
    const again = createSource()
    again.frames(20 * FRAMES_PER_SECOND)
    live.play(again, 3)
    expect(readOutput(live.output()).frameNumbers).toEqual([...Array(23 * FRAMES_PER_SECOND).keys()])
  })

  test.each([1, 3])('in bursts of 4 s, one every %i s is recognised by its pace', (pauseSeconds) => {
    const { outputs, burst } = playedBefore(20)
    const again = createSource()
    for (let count = 0; count < 8; count++) outputs.push(...burst(again, pauseSeconds * 1_000 - 500))
    expect(readOutput(Buffer.concat(outputs)).frameNumbers).toEqual([...Array(800).keys()])
  })
})
