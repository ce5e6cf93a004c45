import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createSource, readOutput } from '../test-support/test-packets.ts'
import { createPacketAligner } from './index.ts'
import { hasPayload, PACKET_BYTES, pidOf } from './packet.ts'

const ticks = fc.integer({ min: 0, max: 2 ** 33 - 1 })
const input = fc.record({
  startTicks: ticks,
  videoPid: fc.constantFrom(0x40, 0x100, 0x110),
  audioPid: fc.constantFrom(0x41, 0x101, 0x111),
  gopFrames: fc.integer({ min: 1, max: 9 }),
  hasRandomAccess: fc.boolean(),
  hasClock: fc.boolean(),
  skippedBytes: fc.nat(8000),
  cutBytes: fc.nat(8000),
  isSameStream: fc.boolean(),
})

/**
 * Where the tables of the first frame are: clocks and tables of their own may lead to it.
 *
 * @returns undefined if there is no frame
 */
function startOf(packets: Buffer): number | undefined {
  for (let at = 0; at < packets.length; at += PACKET_BYTES)
    if (pidOf(packets, at) === 0x100 && hasPayload(packets, at)) return at - 2 * PACKET_BYTES
  return undefined
}

test('any switches between any sources: one stream, clean, from a key frame on', () => {
  fc.assert(
    fc.property(fc.array(input, { minLength: 1, maxLength: 6 }), (inputs) => {
      const aligner = createPacketAligner()
      const splicer = createSplicer()
      const outputs: Buffer[] = []
      for (const { skippedBytes, cutBytes, isSameStream, ...options } of inputs) {
        aligner.reset()
        splicer.startInput({ sameStream: isSameStream })
        const bytes = createSource(options).frames(40)
        const spliced = splicer.push(aligner.push(bytes.subarray(skippedBytes, bytes.length - cutBytes)))
        const start = startOf(spliced.packets)
        // The same stream may resume right after the last byte sent: then it just continues.
        if (!isSameStream) expect(spliced.joinPoints[0]).toBe(start)
        if (start !== undefined) {
          const pids = [0, 1, 2].map((index) => pidOf(spliced.packets, start + index * PACKET_BYTES))
          expect(pids).toEqual([0, 0x1000, 0x100])
        }
        outputs.push(spliced.packets)
      }
      expect(readOutput(Buffer.concat(outputs))).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    }),
    { numRuns: 150 },
  )
})

test('one stream in overlapping pieces: every frame and audio unit once, wherever it is cut', () => {
  const cut = fc.record({
    frames: fc.integer({ min: 20, max: 60 }),
    back: fc.integer({ min: 6, max: 18 }),
    cutPackets: fc.nat(9),
  })
  fc.assert(
    fc.property(ticks, fc.boolean(), fc.array(cut, { minLength: 1, maxLength: 4 }), (startTicks, isRelayed, cuts) => {
      const splicer = createSplicer()
      const outputs: Buffer[] = []
      let from = 0
      let shift = 0
      for (const { frames, back, cutPackets } of cuts) {
        const source = createSource({ startTicks })
        if (from > 0) source.frames(from)
        const bytes = source.frames(frames)
        let input = bytes.subarray(0, bytes.length - cutPackets * PACKET_BYTES)
        // Another node's output: the same media in another time.
        const leader = createSplicer()
        if (isRelayed) leader.push(createSource({ startTicks: startTicks + 1_000_000 }).frames(3))
        leader.startInput()
        if (isRelayed) input = Buffer.from(leader.push(Buffer.from(input)).packets)
        const offset = leader.offsetTicks ?? 0
        splicer.startInput({ sameStream: true, shiftTicks: shift - offset })
        shift = offset
        outputs.push(splicer.push(Buffer.from(input)).packets)
        from += Math.floor((frames - back) / 5) * 5
      }
      const { frameNumbers, audioSteps, continuityErrors, stepsBack } = readOutput(Buffer.concat(outputs))
      expect(frameNumbers).toEqual([...frameNumbers.keys()])
      expect(new Set(audioSteps)).toEqual(new Set([3600]))
      expect({ continuityErrors, stepsBack }).toEqual({ continuityErrors: 0, stepsBack: 0 })
    }),
    { numRuns: 100 },
  )
})

test('chunk boundaries change nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.boolean(), (sizes, hasRandomAccess) => {
      const whole = createSplicer().push(createSource({ hasRandomAccess }).frames(30))
      const bytes = createSource({ hasRandomAccess }).frames(30)
      const splicer = createSplicer()
      const outputs: Buffer[] = []
      const joinPoints: number[] = []
      let sent = 0
      for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
        const end = offset + sizes[turn % sizes.length]! * PACKET_BYTES
        const spliced = splicer.push(Buffer.from(bytes.subarray(offset, end)))
        joinPoints.push(...spliced.joinPoints.map((at) => sent + at))
        outputs.push(spliced.packets)
        sent += spliced.packets.length
        offset = end
      }
      expect(Buffer.concat(outputs).equals(whole.packets)).toBe(true)
      expect(joinPoints).toEqual(whole.joinPoints)
    }),
    { numRuns: 50 },
  )
})

test('a stream with random damage never throws, never breaks the counters, never turns time back', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 60 })
  fc.assert(
    fc.property(damage, fc.uint8Array({ maxLength: 2000 }), (changes, garbage) => {
      const bytes = createSource().frames(40)
      for (const [at, value] of changes) {
        if (at % PACKET_BYTES !== 0) bytes[at % bytes.length] = value
      }
      const aligner = createPacketAligner()
      const splicer = createSplicer()
      const half = Math.floor(bytes.length / 2)
      const parts = [bytes.subarray(0, half), Buffer.from(garbage), bytes.subarray(half)]
      const packets = Buffer.concat(parts.map((part) => splicer.push(aligner.push(part)).packets))
      expect(packets.length % PACKET_BYTES).toBe(0)
      expect(readOutput(packets)).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    }),
    { numRuns: 300 },
  )
})

test('packets of random bytes never throw, and yield nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: PACKET_BYTES, maxLength: PACKET_BYTES * 20 }), (bytes) => {
      const packets = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % PACKET_BYTES)))
      for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) packets[offset] = 0x47
      expect(createSplicer().push(packets).packets).toHaveLength(0)
    }),
  )
})
