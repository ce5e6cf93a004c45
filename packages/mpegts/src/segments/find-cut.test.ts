import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Program } from '../program-tables.ts'
import { TICKS_PER_SECOND, ticksBetween, wrapTicks } from '../timestamps.ts'
import { type CutRule, findCut } from './find-cut.ts'

const S = TICKS_PER_SECOND
const RULE: CutRule = { targetTicks: 4 * S, maxTicks: 6.49 * S }

type Timed = {
  readonly ticks: number | undefined
  readonly isJoinPoint: boolean
  readonly program: Program
  readonly units: number
}

const programWith = (codec: string): Program => ({
  programNumber: 1,
  pmtPid: 0x1000,
  pcrPid: 0x100,
  streams: [{ pid: 0x100, streamType: 0x1b, kind: 'video', codec, descriptors: Buffer.alloc(0) }],
})
const H264 = programWith('h264')

/** Fragments of half a second, with a join point every so many seconds. */
function fragments(seconds: number, gopSeconds: number, startTicks = 0): Timed[] {
  return Array.from({ length: seconds * 2 }, (_, index) => ({
    ticks: wrapTicks(startTicks + index * 0.5 * S),
    isJoinPoint: (index * 0.5) % gopSeconds === 0,
    program: H264,
    units: 12,
  }))
}

const secondsOf = (given: readonly Timed[]): number | undefined => {
  const cut = findCut(given, RULE)
  return cut && cut.durationTicks / S
}

describe('a segment of 4 s ends', () => {
  test.each([
    ['at the first key frame at or after it', 1, 4],
    ['later, if the key frame is', 2.5, 5],
    ['one group of pictures later, if that is not too long', 3, 6],
    ['before it, if the next key frame would come too late', 3.5, 3.5],
    ['with the only group of pictures that fits', 6, 6],
    ['without a key frame, if none comes', 20, 6.5],
  ])('%s', (_, gop, expected) => {
    expect(secondsOf(fragments(40, gop))).toBeCloseTo(expected === 6.5 ? 6 : expected)
  })

  test('even across the 33-bit wrap', () => {
    expect(secondsOf(fragments(40, 1, 2 ** 33 - 2 * S))).toBe(4)
  })

  test('not before its end is known', () => {
    expect(findCut(fragments(4, 1), RULE)).toBeUndefined()
    expect(findCut([], RULE)).toBeUndefined()
  })

  test('where the tracks change', () => {
    const [before, after] = [fragments(2, 1), fragments(4, 1, 2 * S)]
    const changed = after.map((fragment) => ({ ...fragment, program: programWith('hevc') }))
    expect(secondsOf([...before, ...changed])).toBe(2)
  })

  test.each([
    ['back', 1 * S],
    ['far ahead', 100 * S],
  ])('where the clock jumps %s, with the length of its own media', (_, ticks) => {
    const cut = findCut([...fragments(3, 1), ...fragments(3, 1, ticks)], RULE)
    expect(cut).toEqual({ fragments: 6, durationTicks: 3 * S, isBreak: true })
  })
})

const steps = fc.array(
  fc.record({ ms: fc.integer({ min: 40, max: 900 }), isJoinPoint: fc.boolean(), hasTime: fc.boolean() }),
  { minLength: 1, maxLength: 120 },
)

test('any media is divided completely: segments follow each other, and none is too long', () => {
  fc.assert(
    fc.property(steps, fc.nat(2 ** 33 - 1), (given, startTicks) => {
      let time = startTicks
      let rest: Timed[] = given.map(({ ms, isJoinPoint, hasTime }, index) => {
        time = wrapTicks(time + ms * 90)
        return { ticks: index === 0 || hasTime ? time : undefined, isJoinPoint, units: 1, program: H264 }
      })
      const longestStep = longestGap(rest)
      for (let cut = findCut(rest, RULE); cut !== undefined; cut = findCut(rest, RULE)) {
        const next = rest[cut.fragments]!
        expect(cut.fragments).toBeGreaterThan(0)
        expect(cut.durationTicks).toBeLessThanOrEqual(RULE.maxTicks + longestStep)
        if (!cut.isBreak) expect(wrapTicks(rest[0]!.ticks! + cut.durationTicks)).toBe(next.ticks)
        rest = rest.slice(cut.fragments)
      }
    }),
  )
})

function longestGap(given: readonly Timed[]): number {
  const times = given.flatMap(({ ticks }) => (ticks === undefined ? [] : [ticks]))
  return Math.max(0, ...times.slice(1).map((ticks, index) => ticksBetween(times[index]!, ticks)))
}

test('a single fragment before a break is as long as its frames', () => {
  const [first, second] = [fragments(0.5, 1)[0]!, fragments(0.5, 1, 900 * S)[0]!]
  expect(findCut([first, second], RULE)).toEqual({ fragments: 1, durationTicks: 0.48 * S, isBreak: true })
  expect(findCut([{ ...first, units: 0 }, second], RULE)?.durationTicks).toBe(0.04 * S)
})
