import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import { createTransportStreamChecker } from '@kptv/testkit'
import fc from 'fast-check'
import { OutputCollector } from '../test-support/output-collector.ts'
import { createSource, FRAME_TICKS, payloads, readOutput, type SourceOptions } from '../test-support/test-packets.ts'
import { Splicer, type SplicerState } from './index.ts'
import { PACKET_BYTES, PAT_PID, pidOf } from './packet.ts'
import { ticksBetween } from './timestamps.ts'

/** A splicer with its output, and its state after each piece. */
function createNode(resume?: SplicerState) {
  const collector = new OutputCollector()
  const splicer: Splicer = new Splicer({ sink: collector.sink, resume, canFill: true })
  const push = (packets: Buffer): Buffer => {
    splicer.push(Buffer.from(packets))
    return collector.take().packets
  }
  const travelled = (): SplicerState => JSON.parse(JSON.stringify(splicer.snapshot()))
  return { splicer, push, travelled }
}

const source = fc.record({
  startTicks: fc.integer({ min: 100_000, max: 2 ** 33 - 1 }),
  videoPid: fc.constantFrom(0x40, 0x100),
  audioPid: fc.constantFrom(0x41, 0x110),
  gopFrames: fc.integer({ min: 1, max: 9 }),
  audioLeadTicks: fc.constantFrom(0, 5_000, 20_000),
})
const input = fc.record({ source, cutPackets: fc.nat(200), isSame: fc.boolean(), backFrames: fc.nat(15) })

/** The media of a source from a frame on. */
function mediaFrom(options: SourceOptions, fromFrame: number, frames: number): Buffer {
  const made = createSource(options)
  if (fromFrame > 0) made.frames(fromFrame)
  return made.frames(frames)
}

test("a splicer made from another one's state continues with the same bytes, wherever that stood", () => {
  fc.assert(
    fc.property(fc.array(input, { minLength: 2, maxLength: 6 }), (inputs) => {
      const leader = createNode()
      let previous: SourceOptions | undefined
      for (const { source: next, cutPackets, isSame, backFrames } of inputs) {
        const options = isSame && previous !== undefined ? previous : next
        const successor = createNode(leader.travelled())
        const media = mediaFrom(options, isSame ? 30 - backFrames : 0, 40)
        const cut = media.subarray(0, media.length - cutPackets * PACKET_BYTES)
        for (const { splicer } of [leader, successor]) splicer.startInput({ sameStream: options === previous })
        for (let at = 0; at < cut.length; at += 77 * PACKET_BYTES) {
          const piece = cut.subarray(at, at + 77 * PACKET_BYTES)
          expect(successor.push(piece).equals(leader.push(piece))).toBe(true)
        }
        expect(successor.travelled()).toEqual(leader.travelled())
        previous = options
      }
    }),
    { numRuns: 60 },
  )
})

test('after each write the state has the counters of what was written, including tables', () => {
  const written = new Map<number, number>()
  const [seen, states]: [number[][], number[][]] = [[], []]
  const splicer = new Splicer({
    sink(packets) {
      for (let at = 0; at < packets.length; at += PACKET_BYTES) written.set(pidOf(packets, at), packets[at + 3]! & 0x0f)
      const { streams, tableCounters } = splicer.snapshot().output
      states.push([tableCounters[0], ...streams.map(({ counter }) => counter)])
      seen.push([PAT_PID, ...streams.map(({ pid }) => pid)].map((pid) => written.get(pid) ?? 0))
    },
  })
  for (const startTicks of [100_000, 77_777_777]) {
    splicer.startInput()
    splicer.push(mediaFrom({ startTicks, gopFrames: 50 }, 0, 100))
  }
  expect(states.length).toBeGreaterThan(10)
  expect(states).toEqual(seen)
})

test('a takeover in mid-frame: the successor continues after the last byte, nothing lost, nothing twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 30, max: 700 }), fc.integer({ min: 3, max: 9 }), (packets, backFrames) => {
      const media = mediaFrom({}, 0, 300)
      const leader = createNode()
      const before = leader.push(media.subarray(0, packets * PACKET_BYTES))
      const successor = createNode(leader.travelled())
      successor.splicer.startInput({ sameStream: true })
      const framesSent = readOutput(before).frameNumbers.length
      // It connects somewhat earlier in the stream.
      const from = Math.max(0, Math.floor((framesSent - backFrames) / 5) * 5)
      const after = successor.push(mediaFrom({}, from, 100))
      const whole = createNode().push(media)
      const output = Buffer.concat([before, after])
      expect(readOutput(output)).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
      for (const pid of [0x100, 0x110]) {
        const [made, expected] = [payloads(output, pid), payloads(whole, pid)]
        expect(made.length).toBeGreaterThan(payloads(before, pid).length)
        expect(made.equals(expected.subarray(0, made.length))).toBe(true)
      }
      expect(successor.splicer.position).toBe(output.length)
    }),
    { numRuns: 60 },
  )
})

test('after ten switches and two takeovers, equal frames have equal timestamps on every node', () => {
  let leader = createNode()
  const made: Buffer[] = []
  /**
   * A node that has sent less than the new leader: it splices by itself, and keeps the channel's
   * clock.
   */
  const behind = createNode()
  const followed: Buffer[] = []
  for (let turn = 0; turn < 12; turn++) {
    const options = { startTicks: 1_000_000 + turn * 77_777_777, gopFrames: 5, firstNumber: turn * 1_000 }
    const isTakeover = turn === 4 || turn === 9
    if (isTakeover) leader = createNode(leader.travelled())
    leader.splicer.startInput()
    const media = mediaFrom({ ...options, audioLeadTicks: (turn % 3) * 4_000 }, turn % 4, 30 + turn)
    const piece = leader.push(media.subarray(0, media.length - turn * 11 * PACKET_BYTES))
    made.push(piece)
    if (turn === 0 || isTakeover) behind.splicer.startInput({ sameStream: true, keepsClock: true })
    // At a takeover this node misses some of the old leader's last media.
    followed.push(behind.push(isTakeover ? piece.subarray(14 * PACKET_BYTES) : piece))
  }
  const [leading, following] = [readOutput(Buffer.concat(made)), readOutput(Buffer.concat(followed))]
  for (const { continuityErrors, stepsBack } of [leading, following]) {
    expect({ continuityErrors, stepsBack }).toEqual({ continuityErrors: 0, stepsBack: 0 })
  }
  const timeOf = new Map(leading.frameNumbers.map((number, index) => [number, leading.videoTimes[index]]))
  expect(following.frameNumbers.length).toBeGreaterThan(leading.frameNumbers.length - 30)
  expect(following.videoTimes).toEqual(following.frameNumbers.map((number) => timeOf.get(number)))
  expect(new Set(leading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  expect(behind.splicer.offsetTicks).toBe(0)
})

test("a gap in the channel's own time stays a gap: nothing is moved, and clocks bridge it", () => {
  const [leader, behind] = [createNode(), createNode()]
  const media = leader.push(createSource({ gopFrames: 10 }).frames(300))
  const frames = readOutput(media).frameNumbers.length
  expect(frames).toBe(300)
  behind.splicer.startInput({ keepsClock: true, sameStream: true })
  const cut = Math.floor(media.length / PACKET_BYTES / 3) * PACKET_BYTES
  const before = behind.push(media.subarray(0, cut))
  behind.splicer.startInput({ keepsClock: true, sameStream: true })
  const after = behind.push(media.subarray(2 * cut))
  const [all, parts] = [readOutput(media), readOutput(Buffer.concat([before, after]))]
  expect(parts).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
  const timeOf = new Map(all.frameNumbers.map((number, index) => [number, all.videoTimes[index]!]))
  expect(parts.videoTimes).toEqual(parts.frameNumbers.map((number) => timeOf.get(number)))
  expect(ticksBetween(parts.videoTimes[0]!, parts.videoTimes.at(-1)!)).toBe(299 * FRAME_TICKS)
})

test.each([
  ['that was handed on as it is so far', true],
  ['that was spliced so far', false],
])('across a gap, tables are sent as often as elsewhere, in an output %s', (_, isPassed) => {
  const leader = createNode()
  const [before, lost, after] = [mediaFrom({}, 0, 75), mediaFrom({}, 75, 50), mediaFrom({}, 125, 75)]
  const first = leader.push(before)
  const heard = createNode(isPassed ? leader.travelled() : undefined)
  const sent = isPassed ? first : heard.push(first)
  leader.push(lost)
  heard.splicer.startInput({ keepsClock: true, sameStream: true })
  const output = Buffer.concat([sent, heard.push(leader.push(after))])
  const checker = createTransportStreamChecker()
  checker.push(output)
  const { continuity, tables, clocks } = checker.report()
  expect({ continuityErrors: continuity.errors, ...clocks }).toMatchObject({ continuityErrors: 0, pcrJumps: 0 })
  expect(Math.max(tables.longestPatIntervalMs, tables.longestPmtIntervalMs)).toBeLessThanOrEqual(500)
})
