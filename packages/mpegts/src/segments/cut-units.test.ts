import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import fc from 'fast-check'
import { isBreakMark } from '../break-mark.ts'
import { continuityOf, hasPayload, PACKET_BYTES, payloadOffset, pidOf, startsUnit } from '../packet.ts'
import { Splicer } from '../splicer.ts'
import { readPesHeader } from '../timestamps.ts'
import { type Fragment, FragmentSplitter } from './fragment.ts'
import { wholeFramesEnd } from './whole-frames.ts'

const PACKETS_PER_AUDIO_FRAME = 9
/** Of each output. */
const VIDEO_PID = 0x100

function mediaOf(sourceId: string, tablesEveryMs: number): Buffer {
  return createTransportStreamMaker({
    sourceId,
    tablesEveryMs,
    packetsPerAudioFrame: PACKETS_PER_AUDIO_FRAME,
    bitsPerSecond: 4_000_000,
  }).next(1_500)
}

/** The output while sources break off after so many packets each, wherever that is. */
function outputOf(cuts: readonly number[], tablesEveryMs: number): Buffer {
  const pieces: Buffer[] = []
  const splicer = new Splicer({ sink: (packets) => void pieces.push(Buffer.from(packets)) })
  for (const [index, packets] of cuts.entries()) {
    splicer.startInput({ sameStream: false })
    splicer.push(mediaOf(`source${index}`, tablesEveryMs).subarray(0, packets * PACKET_BYTES))
  }
  return Buffer.concat(pieces)
}

function fragmentsOf(output: Buffer): Fragment[] {
  const fragments: Fragment[] = []
  const splitter = new FragmentSplitter((fragment) => fragments.push(fragment))
  splitter.push(output)
  splitter.end()
  return fragments
}

type Unit = { readonly pid: number; readonly announced: number; readonly bytes: Buffer }

/** Units of known length that are followed by another one. */
function endedUnits(packets: Buffer): Unit[] {
  const open = new Map<number, { readonly announced: number; readonly parts: Buffer[] }>()
  const ended: Unit[] = []
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    if (!hasPayload(packets, at)) continue
    const [pid, start] = [pidOf(packets, at), payloadOffset(packets, at)]
    const header = startsUnit(packets, at) ? readPesHeader(packets, start, at + PACKET_BYTES) : undefined
    if (header !== undefined) {
      const before = open.get(pid)
      if (before !== undefined && before.announced > 0)
        ended.push({ pid, announced: before.announced, bytes: Buffer.concat(before.parts) })
      open.set(pid, { announced: header.packetBytes, parts: [] })
    }
    open.get(pid)?.parts.push(packets.subarray(start, at + PACKET_BYTES))
  }
  return ended
}

const isShort = ({ announced, bytes }: Unit): boolean => bytes.length < announced
const PES_HEADER_BYTES = 14
const holdsWholeFrames = ({ bytes }: Unit): boolean => wholeFramesEnd(bytes, PES_HEADER_BYTES) === bytes.length

function hasWholeCounters(packets: Buffer): boolean {
  const last = new Map<number, number>()
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    const pid = pidOf(packets, at)
    const expected = (last.get(pid) ?? continuityOf(packets, at) - 1) + (hasPayload(packets, at) ? 1 : 0)
    if (continuityOf(packets, at) !== (expected & 15)) return false
    last.set(pid, continuityOf(packets, at))
  }
  return true
}

const cutPoints = fc.array(fc.integer({ min: 400, max: 1_800 }), { minLength: 2, maxLength: 4 })
/** The first source breaks off within an audio unit, which only one in seven cuts does. */
const CUT_IN_A_UNIT: [number[], number] = [[533, 1_000], 100]

test('a unit that its source has cut ends with its last whole frame', () => {
  const [cutsOfExample, everyMs] = CUT_IN_A_UNIT
  expect(endedUnits(outputOf(cutsOfExample, everyMs)).filter(isShort)).toHaveLength(1)
  fc.assert(
    fc.property(cutPoints, fc.constantFrom(40, 100, 250), (cuts, tablesEveryMs) => {
      const output = outputOf(cuts, tablesEveryMs)
      const packets = Buffer.concat(fragmentsOf(output).map((fragment) => fragment.packets))
      expect(packets.length).toBe(output.length)
      const units = endedUnits(packets)
      expect(units.filter((unit) => isShort(unit) || !holdsWholeFrames(unit))).toEqual([])
      expect(hasWholeCounters(packets)).toBe(true)
    }),
    { numRuns: 15, examples: [CUT_IN_A_UNIT] },
  )
})

/** Units of video, each with whether another source follows it, and whether it is blank. */
function videoUnits(packets: Buffer): Array<{ readonly isLast: boolean; readonly isBlank: boolean }> {
  const units: Array<{ isLast: boolean; readonly parts: Buffer[] }> = []
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    const packet = packets.subarray(at, at + PACKET_BYTES)
    if (isBreakMark(packet) && units.length > 0) units.at(-1)!.isLast = true
    if (pidOf(packet, 0) !== VIDEO_PID || !hasPayload(packet, 0)) continue
    const start = payloadOffset(packet, 0)
    const header = startsUnit(packet, 0) ? readPesHeader(packet, start, PACKET_BYTES) : undefined
    if (header !== undefined) units.push({ isLast: false, parts: [] })
    units.at(-1)?.parts.push(packet.subarray(header?.payloadAt ?? start))
  }
  return units.map(({ isLast, parts }) => ({
    isLast,
    isBlank: parts.every((part) => part.every((byte) => byte === 0)),
  }))
}

test('the last frame before a break is left out, and no other', () => {
  fc.assert(
    fc.property(cutPoints, (cuts) => {
      const packets = Buffer.concat(fragmentsOf(outputOf(cuts, 100)).map((fragment) => fragment.packets))
      const units = videoUnits(packets)
      expect(units.filter(({ isLast }) => isLast)).toHaveLength(cuts.length - 1)
      expect(units.filter(({ isLast, isBlank }) => isLast !== isBlank)).toEqual([])
    }),
    { numRuns: 10 },
  )
})

test('a node that joins at any fragment has the same ones from there', () => {
  const output = outputOf([1_501, 1_333, 1_999], 40)
  const all = fragmentsOf(output)
  let at = 0
  for (const [index, { packets }] of all.entries()) {
    const later = fragmentsOf(output.subarray(at))
    expect(later.map((fragment) => fragment.packets.equals(all[index + later.indexOf(fragment)]!.packets))).toEqual(
      later.map(() => true),
    )
    at += packets.length
  }
})

test('a fragment does not wait forever for the end of a unit', () => {
  const output = mediaOf('only', 40)
  const isAudioStart = (packet: number): boolean =>
    pidOf(output, packet * PACKET_BYTES) === 0x101 && startsUnit(output, packet * PACKET_BYTES)
  const start = Array.from({ length: 1_000 }, (_, packet) => packet).find(
    (packet) => packet > 400 && isAudioStart(packet),
  )!
  // All further packets of audio are missing.
  const kept = [...Array(output.length / PACKET_BYTES).keys()].filter(
    (packet) => packet <= start || pidOf(output, packet * PACKET_BYTES) !== 0x101,
  )
  const given = Buffer.concat(kept.map((packet) => output.subarray(packet * PACKET_BYTES, (packet + 1) * PACKET_BYTES)))
  const fragments: Fragment[] = []
  new FragmentSplitter((fragment) => fragments.push(fragment)).push(given)
  const bytes = fragments.reduce((sum, { packets }) => sum + packets.length, 0)
  expect(given.length - bytes).toBeLessThan(given.length / 5)
})
