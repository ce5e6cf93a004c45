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

describe('a provider whose clock begins anew for each connection', () => {
  test.each([5, 12, 15, 30])('is played when it is met again after %i s, without a loss', (seconds) => {
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

  test('is played when it sends a few seconds ahead at first', () => {
    const live = createLive()
    live.play(createSource(), 12)
    live.splicer.startInput({ sameStream: true })
    const again = createSource({ firstNumber: 5_000 })
    expect(live.play(again, 3, 20)).toBeUndefined()
    expect(live.play(again, 4)).toBeLessThanOrEqual(2.1)
    expect(readOutput(live.output())).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })

  test('is no clip that repeats, when the clock begins anew within one connection', () => {
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

describe('what is sent again', () => {
  test.each([2, 5, 50])('at %i times the pace is dropped, and the output goes on behind it', (pace) => {
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

  test('in bursts with long pauses is still known: pauses say nothing of the pace', () => {
    let nowMs = 0
    const splicer = createSplicer({ monotonicMs: () => nowMs })
    const before = splicer.push(createSource().frames(500)).packets
    splicer.startInput({ sameStream: true })
    const again = createSource()
    const outputs = [before]
    for (let burst = 0; burst < 8; burst++) {
      nowMs += 4_000
      for (let frame = 0; frame < 100; frame++) {
        nowMs += 1
        outputs.push(splicer.push(again.frames(1)).packets)
      }
    }
    expect(readOutput(Buffer.concat(outputs)).frameNumbers).toEqual([...Array(800).keys()])
  })
})
