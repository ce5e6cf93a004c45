import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import fc from 'fast-check'
import { nullPackets } from '../null-packets.ts'
import { PACKET_BYTES, pidOf } from '../packet.ts'
import { Splicer } from '../splicer.ts'
import { type Fragment, FragmentSplitter } from './fragment.ts'

type MakerOptions = Parameters<typeof createTransportStreamMaker>[0]

/** The output of a splicer, which always begins with PAT and PMT. */
function outputOf(options: MakerOptions, ms = 4_000): Buffer {
  const pieces: Buffer[] = []
  // A piece is valid during the call only.
  const splicer = new Splicer({ sink: (packets) => void pieces.push(Buffer.from(packets)) })
  splicer.startInput({ sameStream: false })
  splicer.push(createTransportStreamMaker(options).next(ms))
  return Buffer.concat(pieces)
}

function fragmentsOf(pieces: readonly Buffer[]): Fragment[] {
  const fragments: Fragment[] = []
  const splitter = new FragmentSplitter((fragment) => fragments.push(fragment))
  for (const piece of pieces) splitter.push(piece)
  splitter.end()
  return fragments
}

const bytesOf = (fragments: readonly Fragment[]) => Buffer.concat(fragments.map(({ packets }) => packets))

test('fragments start with PAT and PMT, and together are the whole output', () => {
  const output = outputOf({})
  const fragments = fragmentsOf([output])
  expect(bytesOf(fragments).equals(output)).toBe(true)
  for (const { packets } of fragments) expect([pidOf(packets, 0), pidOf(packets, PACKET_BYTES)]).toEqual([0, 0x1000])
})

test('each key frame starts a fragment, and only these are join points', () => {
  const fragments = fragmentsOf([outputOf({ gopMs: 1_000 })])
  const joins = fragments.filter(({ isJoinPoint }) => isJoinPoint)
  expect(joins).toHaveLength(4)
  expect(joins.map(({ ticks }) => Math.round((ticks! - joins[0]!.ticks!) / 90))).toEqual([0, 1_000, 2_000, 3_000])
  expect(fragments.length).toBeGreaterThan(joins.length)
})

test('every fragment of a radio is a join point', () => {
  const fragments = fragmentsOf([outputOf({ video: 'none' }, 8_000)])
  expect(fragments.length).toBeGreaterThan(5)
  expect(fragments.every(({ isJoinPoint, ticks }) => isJoinPoint && ticks !== undefined)).toBe(true)
})

test("pieces of any size, with any node's null packets among them, give the same fragments", () => {
  const output = outputOf({})
  const expected = fragmentsOf([output])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), fc.boolean(), (sizes, hasNulls) => {
      const pieces: Buffer[] = []
      let at = 0
      for (let index = 0; at < output.length; index++) {
        const end = at + sizes[index % sizes.length]! * PACKET_BYTES
        pieces.push(output.subarray(at, end))
        if (hasNulls) pieces.push(nullPackets(1))
        at = end
      }
      const fragments = fragmentsOf(pieces)
      expect(fragments.map(({ ticks, units, isJoinPoint }) => [ticks, units, isJoinPoint])).toEqual(
        expected.map(({ ticks, units, isJoinPoint }) => [ticks, units, isJoinPoint]),
      )
      expect(bytesOf(fragments).equals(output)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test('media before the first tables is not kept, and no bytes make it throw', () => {
  const output = outputOf({})
  expect(fragmentsOf([output.subarray(2 * PACKET_BYTES, 12 * PACKET_BYTES)])).toEqual([])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4_000 }), (bytes) => {
      fragmentsOf([Buffer.concat([output.subarray(0, 20 * PACKET_BYTES), Buffer.from(bytes)])])
    }),
  )
})
