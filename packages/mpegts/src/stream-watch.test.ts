import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createPacketMaker, createSource, FRAME_TICKS, stream } from '../test-support/test-packets.ts'
import { nullPackets, StreamWatch } from './index.ts'
import { PACKET_BYTES, pidOf } from './packet.ts'

function factsOf(...parts: Buffer[]) {
  const watch = new StreamWatch()
  for (const part of parts) watch.push(part)
  return watch.facts()
}

test('a healthy source: tables, units, and a clock that runs', () => {
  expect(factsOf(createSource().frames(101))).toMatchObject({
    hasTables: true,
    announcesVideo: true,
    videoUnits: 101,
    audioUnits: 101,
    clockTicks: 100 * FRAME_TICKS,
    nullPackets: 0,
    scrambledPackets: 0,
    transportErrors: 0,
  })
})

test('T05: null packets only', () => {
  expect(factsOf(nullPackets(50))).toMatchObject({ packets: 50, nullPackets: 50, hasTables: false, clockTicks: 0 })
})

test('T17: scrambled packets are media, but no units', () => {
  const input = createSource().frames(20)
  for (let offset = 0; offset < input.length; offset += PACKET_BYTES) {
    if (pidOf(input, offset) === 0x200) input[offset + 3]! |= 0xc0
  }
  const facts = factsOf(input)
  expect(facts.videoUnits).toBe(0)
  expect(facts.scrambledPackets).toBeGreaterThan(20)
})

test("without a PCR the video's timestamps are the clock; a wrap is progress, a jump is not", () => {
  const wrapping = createSource({ hasClock: false, startTicks: 2 ** 33 - 10 * FRAME_TICKS }).frames(21)
  expect(factsOf(wrapping).clockTicks).toBe(20 * FRAME_TICKS)
  const again = createSource({ hasClock: false, startTicks: 10 }).frames(21)
  expect(factsOf(wrapping, again).clockTicks).toBeLessThanOrEqual(41 * FRAME_TICKS)
})

test('T20: radio announces no video', () => {
  const maker = createPacketMaker()
  const program = { programNumber: 1, pmtPid: 0x50, pcrPid: 0x1fff, streams: [stream(0x61, 'audio', 'mp2')] }
  const audio = [0, 2160, 4320].map((pts) => maker.unit({ pid: 0x61, pts, payload: Buffer.alloc(99), isBounded: true }))
  const facts = factsOf(Buffer.concat([maker.tables(program), ...audio]))
  expect(facts).toMatchObject({
    hasTables: true,
    announcesVideo: false,
    announcesAudio: true,
    audioUnits: 3,
    videoUnits: 0,
    clockTicks: 4320,
  })
})

test('a new input: all counts continue, and starting at the same time is not a repeated clip', () => {
  const watch = new StreamWatch()
  for (let segment = 0; segment < 5; segment += 1) {
    watch.startInput()
    watch.push(createSource().frames(11))
  }
  expect(watch.facts()).toMatchObject({ videoUnits: 55, clockTicks: 50 * FRAME_TICKS, repeats: 0, hasTables: true })
})

test('the packets are only read', () => {
  const input = createSource().frames(5)
  const before = Buffer.from(input)
  factsOf(input)
  expect(input).toEqual(before)
})

describe('a clip', () => {
  /** Seconds 1 to 3 of a source, again and again, as a server sends a file in a loop. */
  const clip = () => {
    const source = createSource()
    source.frames(25)
    return source.frames(50)
  }

  test('that keeps repeating is counted, continuing media is not', () => {
    expect(factsOf(clip(), clip()).repeats).toBe(0)
    expect(factsOf(clip(), clip(), clip(), clip()).repeats).toBe(2)
    expect(factsOf(createSource().frames(200)).repeats).toBe(0)
  })

  test('of more than a minute is a programme', () => {
    const long = () => createSource().frames(25 * 61)
    expect(factsOf(long(), long(), long(), long()).repeats).toBe(0)
  })

  test('is recognised by its first second, which a live stream never repeats', () => {
    const [first, again, later] = [clip(), clip(), createSource({ firstNumber: 1 }).frames(50)]
    expect(factsOf(first).fingerprint).toBe(factsOf(again).fingerprint)
    expect(factsOf(later).fingerprint).not.toBe(factsOf(again).fingerprint)
    expect(factsOf(createSource().frames(20)).fingerprint).toBeUndefined()
  })
})
