import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createSplicer } from '../test-support/create-splicer.ts'
import { accessUnit, createPacketMaker, FRAME_TICKS, readOutput, stream } from '../test-support/test-packets.ts'
import { PACKET_BYTES, payloadOffset, pidOf, startsUnit } from './packet.ts'
import { type ElementaryStream, parsePat, parsePmt } from './program-tables.ts'
import { createSectionReader } from './section-reader.ts'
import { readPesHeader } from './timestamps.ts'

const CLEAN = { continuityErrors: 0, stepsBack: 0 }
const VIDEO = stream(0x60, 'video', 'h264')
const AAC = stream(0x61, 'audio', 'aac')
const AC3 = stream(0x62, 'audio', 'ac3')
const MP2 = stream(0x61, 'audio', 'mp2')
/** DVB subtitling_descriptor. */
const SUBTITLES = { ...stream(0x63, 'other', 'dvb-subtitle'), descriptors: Buffer.from('5908656e671000010001', 'hex') }
const DATA = { ...stream(0x64, 'other', 'metadata'), streamType: 0x15 }

/**
 * A channel whose frames go on from part to part, whatever tracks the parts have. Each part repeats
 * its tables at each key frame.
 */
function createChannel(startTicks = 900_000, firstNumber = 0) {
  const maker = createPacketMaker()
  let index = 0
  let version = -1
  let previous = ''
  return (frames: number, ...streams: ElementaryStream[]): Buffer => {
    const named = streams.map(({ pid, codec }) => `${pid}${codec}`).join()
    if (named !== previous) version += 1
    previous = named
    const main = streams.find(({ kind }) => kind === 'video') ?? streams[0]!
    const program = { programNumber: 1, pmtPid: 0x50, pcrPid: main.pid, streams }
    const parts: Buffer[] = []
    for (let count = 0; count < frames; count++, index++) {
      const dts = startTicks + index * FRAME_TICKS
      if (count % 5 === 0) parts.push(maker.tables(program, version))
      for (const { pid, kind } of streams) {
        const clock = pid === main.pid ? dts - 9_000 : undefined
        const payload = kind === 'video' ? accessUnit(firstNumber + index, index % 5 === 0) : Buffer.alloc(99, pid)
        parts.push(maker.unit({ pid, pts: dts, dts: kind === 'video' ? dts : undefined, clock, payload }))
      }
    }
    return Buffer.concat(parts)
  }
}

/**
 * The PMTs of an output, as `pid codec` of each stream, with their versions; repeated ones once.
 */
function tablesOf(packets: Buffer): Array<{ readonly version: number; readonly streams: string[] }> {
  const [pats, pmts] = [createSectionReader(), createSectionReader()]
  const found: Array<{ readonly version: number; readonly streams: string[] }> = []
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    if (pidOf(packets, at) === 0) for (const pat of pats.push(packets, at)) expect(parsePat(pat)).toBeDefined()
    if (pidOf(packets, at) !== 0x1000) continue
    for (const section of pmts.push(packets, at)) {
      const version = (section[5]! >> 1) & 0x1f
      const streams = parsePmt(section, 0x1000)!.streams.map(({ pid, codec }) => `${pid.toString(16)} ${codec}`)
      if (found.at(-1)?.version !== version) found.push({ version, streams })
    }
  }
  return found
}

/** Decode times of the units of one PID of the output. */
function timesOf(packets: Buffer, pid: number): number[] {
  const times: number[] = []
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    if (pidOf(packets, at) !== pid || !startsUnit(packets, at)) continue
    const header = readPesHeader(packets, payloadOffset(packets, at), at + PACKET_BYTES)
    times.push((header?.dts ?? header?.pts)!)
  }
  return times
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

describe('within one connection, the video continues without a pause when', () => {
  test.each([
    [
      'audio changes its codec on its PID',
      [
        [VIDEO, AAC],
        [VIDEO, MP2],
        [VIDEO, AAC],
      ],
    ],
    [
      'audio changes its codec and its PID',
      [
        [VIDEO, MP2],
        [VIDEO, AC3],
        [VIDEO, MP2],
      ],
    ],
    [
      'AC-3 comes beside AAC for an advertisement, and goes',
      [
        [VIDEO, AAC],
        [VIDEO, AAC, AC3],
        [VIDEO, AAC],
      ],
    ],
    [
      'tracks change their order',
      [
        [VIDEO, AAC, AC3],
        [AC3, VIDEO, AAC],
        [AAC, AC3, VIDEO],
      ],
    ],
    ['audio leaves and returns', [[VIDEO, AAC], [VIDEO], [VIDEO, AAC]]],
    ['there was no audio at first', [[VIDEO], [VIDEO, AC3], [VIDEO, AAC]]],
    [
      'subtitles and data come and go',
      [
        [VIDEO, AAC],
        [VIDEO, AAC, SUBTITLES, DATA],
        [VIDEO, DATA, AAC],
        [VIDEO, AAC],
      ],
    ],
  ])('%s', (_, parts) => {
    const channel = createChannel()
    const splicer = createSplicer()
    const pieces = parts.map((streams) => splicer.push(channel(20, ...streams)))
    for (const { incompatible } of pieces) expect(incompatible).toBeUndefined()
    const output = Buffer.concat(pieces.map(({ packets }) => packets))
    const reading = readOutput(output)
    expect(reading).toMatchObject(CLEAN)
    expect(reading.frameNumbers).toEqual(numbers(20 * parts.length))
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
    // Each change is announced once, by the next version, before anything that is new.
    const tables = tablesOf(output)
    const codecs = (streams: readonly string[]) => streams.map((one) => one.split(' ')[1]!).toSorted()
    expect(tables.map(({ streams }) => codecs(streams))).toEqual(
      parts.map((streams) => streams.map(({ codec }) => codec).toSorted()),
    )
    expect(tables.map(({ version }) => version)).toEqual(numbers(parts.length))
    // A PID never carries a second codec.
    const carried = new Map<string, Set<string>>()
    for (const [pid, codec] of tables.flatMap(({ streams }) => streams).map((one) => one.split(' '))) {
      carried.set(pid!, (carried.get(pid!) ?? new Set()).add(codec!))
    }
    for (const codecsOfPid of carried.values()) expect(codecsOfPid.size).toBe(1)
  })

  test('the new audio is heard from its first frame', () => {
    const channel = createChannel()
    const splicer = createSplicer()
    const output = [channel(20, VIDEO, MP2), channel(20, VIDEO, AC3)].map((part) => splicer.push(part).packets)
    expect(timesOf(output[1]!, 0x111)).toEqual(numbers(20).map((index) => 900_000 + (20 + index) * FRAME_TICKS))
  })
})

describe('across a switch of inputs, the response continues when', () => {
  test.each([
    [
      'an advertisement has AC-3',
      [
        [VIDEO, AAC],
        [VIDEO, AC3],
        [VIDEO, AAC],
      ],
    ],
    ['a slate has no audio', [[VIDEO, AAC], [VIDEO], [VIDEO, AAC]]],
    ['it was entered in a slate without audio', [[VIDEO], [VIDEO, AAC], [VIDEO]]],
    [
      'another source has the same tracks in another order',
      [
        [VIDEO, AC3, AAC],
        [VIDEO, AAC, AC3],
      ],
    ],
    [
      'another source has fewer tracks',
      [
        [VIDEO, AC3, AAC, SUBTITLES],
        [VIDEO, AC3],
      ],
    ],
    [
      'another source has quite other audio',
      [
        [VIDEO, MP2],
        [VIDEO, AC3, AAC],
      ],
    ],
  ])('%s', (_, parts) => {
    const splicer = createSplicer()
    const outputs = parts.map((streams, index) => {
      splicer.startInput()
      const spliced = splicer.push(createChannel(90_000 + index * 1_000_000_000, index * 100)(20, ...streams))
      expect(spliced.incompatible).toBeUndefined()
      return spliced.packets
    })
    const reading = readOutput(Buffer.concat(outputs))
    expect(reading).toMatchObject(CLEAN)
    expect(reading.frameNumbers).toEqual(parts.flatMap((_streams, index) => numbers(20, index * 100)))
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
  })

  test('AC-3 and AAC that swap places keep their PIDs, so that a player keeps its track', () => {
    const splicer = createSplicer()
    const before = splicer.push(createChannel()(20, VIDEO, AC3, AAC)).packets
    splicer.startInput()
    const after = splicer.push(createChannel(77_777)(20, VIDEO, AAC, AC3)).packets
    expect(tablesOf(before).at(-1)?.streams).toEqual(['100 h264', '110 ac3', '111 aac'])
    expect(tablesOf(after).at(-1)?.streams).toEqual(['100 h264', '111 aac', '110 ac3'])
  })
})

describe('tables that name only audio', () => {
  test('at first: video is awaited, and the channel plays with it', () => {
    const channel = createChannel()
    const splicer = createSplicer()
    expect(splicer.push(channel(25, AAC)).packets).toHaveLength(0)
    const { packets, joinPoints } = splicer.push(channel(50, VIDEO, AAC))
    expect(joinPoints[0]).toBe(0)
    expect(readOutput(packets)).toMatchObject({
      ...CLEAN,
      frameNumbers: numbers(50, 25),
      pids: [0, 0x1000, 0x100, 0x110],
    })
  })

  test('a radio that gains video later gets it from a key frame; one that loses it again continues', () => {
    const channel = createChannel()
    const splicer = createSplicer()
    splicer.startInput({ isRadio: true })
    const parts = [channel(50, AAC), channel(52, VIDEO, AAC), channel(50, AAC), channel(23, VIDEO, AAC)]
    const outputs = parts.map((part) => splicer.push(part))
    const output = Buffer.concat(outputs.map(({ packets }) => packets))
    expect(readOutput(output)).toMatchObject({ ...CLEAN, frameNumbers: [...numbers(52, 50), ...numbers(20, 155)] })
    // Audio goes on all the while.
    const heard = timesOf(output, 0x110)
    expect(heard).toEqual(numbers(175).map((index) => 900_000 + index * FRAME_TICKS))
    expect(outputs[1]!.joinPoints).not.toEqual([])
    expect(tablesOf(output).map(({ streams }) => streams.length)).toEqual([1, 2, 1, 2])
  })

  test('from another source than a channel with video: refused after a wait for video', () => {
    const splicer = createSplicer()
    splicer.push(createChannel()(20, VIDEO, AAC))
    splicer.startInput()
    const radio = createChannel()
    expect(splicer.push(radio(50, AAC)).incompatible).toBeUndefined()
    const refused = splicer.push(radio(50, AAC))
    expect(refused).toMatchObject({ incompatible: 'output is h264, input has no video' })
    expect(refused.packets).toHaveLength(0)
  })
})
