import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { type CollectingSplicer, createSplicer } from '../test-support/create-splicer.ts'
import { createSource, readOutput } from '../test-support/test-packets.ts'
import { TICKS_PER_SECOND } from './timestamps.ts'

/** Like a shell, with an inexact timer. */
function fillFor(splicer: CollectingSplicer, seconds: number): Buffer {
  const pieces: Buffer[] = []
  for (let left = seconds * TICKS_PER_SECOND, turn = 0; left > 0; turn++) {
    const ticks = Math.min(left, 8_000 + ((turn * 1_237) % 3_000))
    pieces.push(splicer.fill(ticks).packets)
    left -= ticks
  }
  return Buffer.concat(pieces)
}

function check(...pieces: Buffer[]) {
  const checker = createTransportStreamChecker()
  checker.push(Buffer.concat(pieces), 0)
  return checker.report()
}

describe('the slate', () => {
  test.each([
    ['television', {}],
    ['HEVC', { video: 'hevc' as const }],
    ['without audio', { hasAudio: false }],
    ['over the wrap', { startTicks: 2 ** 33 - 7 * TICKS_PER_SECOND }],
  ])(
    'continues where the stream ended, and the stream where the slate ended: %s',
    (_, options) => {
      const splicer = createSplicer({ canFill: true })
      const before = splicer.push(createTransportStreamMaker(options).next(5_000)).packets
      splicer.startInput()
      const slate = fillFor(splicer, 7)
      splicer.startInput()
      const after = splicer.push(createTransportStreamMaker({ ...options, startTicks: 77 }).next(5_000)).packets
      const report = check(before, slate, after)
      // The key frame repeats with its original marks.
      const expected = [/media packets sent twice/, /media packets out of order/]
      const isExpected = (problem: string) => expected.some((one) => one.test(problem))
      expect(report.problems.filter((problem) => !isExpected(problem))).toEqual([])
      expect(report.keyFrames).toBeGreaterThan(5 + 15 + 5)
      expect(check(slate).problems.filter((problem) => !isExpected(problem))).toEqual([])
    },
    30_000,
  )

  test.each([2_000, 2_013, 2_490, 2_777])(
    'is as clean for a follower that gets it through another splicer: after %i ms',
    (mediaMs) => {
      const [leader, follower] = [createSplicer({ canFill: true }), createSplicer()]
      const media = leader.push(createTransportStreamMaker().next(mediaMs)).packets
      const outputs = [follower.push(Buffer.from(media)).packets]
      leader.startInput()
      const slate = fillFor(leader, 5)
      follower.startInput()
      outputs.push(follower.push(slate).packets)
      const { clocks, continuity } = check(...outputs)
      expect([clocks.stampsOffClock, clocks.pcrBackward, clocks.pcrJumps, continuity.errors]).toEqual([0, 0, 0, 0])
    },
  )

  test('of a radio is silence', () => {
    const splicer = createSplicer({ canFill: true })
    const radio = { video: 'none' as const }
    const before = splicer.push(createTransportStreamMaker(radio).next(5_000)).packets
    splicer.startInput()
    const slate = splicer.fill(TICKS_PER_SECOND)
    expect(slate.joinPoints.length).toBeGreaterThan(0)
    splicer.startInput()
    const after = splicer.push(
      createTransportStreamMaker({ ...radio, sourceId: 'other', startTicks: 77 }).next(5_000),
    ).packets
    expect(check(before, slate.packets, after).problems).toEqual([])
  })

  test('starts each frame as a join point', () => {
    const splicer = createSplicer({ canFill: true })
    splicer.push(createTransportStreamMaker().next(3_000))
    splicer.startInput()
    const { packets, joinPoints } = splicer.fill(TICKS_PER_SECOND)
    expect(joinPoints).toHaveLength(3)
    for (const at of joinPoints) expect(check(packets.subarray(at)).start).toMatchObject({ hasTablesFirst: true })
  })

  test('is nothing while an input runs, before the first frame, and where it is not wanted', () => {
    const splicer = createSplicer({ canFill: true })
    expect(splicer.fill(90_000).packets).toHaveLength(0)
    splicer.push(createTransportStreamMaker().next(3_000))
    expect(splicer.fill(90_000).packets).toHaveLength(0)
    const without = createSplicer()
    without.push(createTransportStreamMaker().next(3_000))
    without.startInput()
    expect(without.fill(90_000).packets).toHaveLength(0)
  })

  test('what was sent before it is remembered: the same stream continues after it, from a key frame', () => {
    const splicer = createSplicer({ canFill: true })
    const before = splicer.push(createSource().frames(52)).packets
    splicer.startInput({ sameStream: true })
    const slate = splicer.fill(2 * TICKS_PER_SECOND).packets
    const again = createSource()
    again.frames(20)
    splicer.startInput({ sameStream: true })
    const after = splicer.push(again.frames(80)).packets
    expect(readOutput(after).frameNumbers[0]).toBe(55)
    expect(readOutput(Buffer.concat([before, slate, after]))).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  })
})
