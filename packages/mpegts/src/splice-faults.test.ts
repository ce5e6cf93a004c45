import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createSplicer } from '../test-support/create-splicer.ts'
import {
  accessUnit,
  createPacketMaker,
  createSource,
  FRAME_TICKS,
  readOutput,
  stream,
} from '../test-support/test-packets.ts'
import { continuityOf, PACKET_BYTES, pidOf, setContinuity, startsUnit } from './packet.ts'

const CLEAN = { continuityErrors: 0, stepsBack: 0 }

function packetsOf(input: Buffer): Buffer[] {
  return Array.from({ length: input.length / PACKET_BYTES }, (_, index) =>
    input.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES),
  )
}

describe('damaged packets', () => {
  test.each([1, 2])('T12: packets repeated %i times are sent once', (repeats) => {
    const input = packetsOf(createSource().frames(20))
    const repeated = input.flatMap((packet) => Array(repeats + 1).fill(packet))
    const splicer = createSplicer()
    const { packets } = splicer.push(Buffer.concat(repeated))
    expect(packets).toEqual(createSplicer().push(createSource().frames(20)).packets)
  })

  test.each(['lost', 'marked as bad', 'scrambled'])('T12, T16: a %s packet is not hidden in the frame', (fault) => {
    const { packets: whole } = createSplicer().push(createSource().frames(12))
    const input = packetsOf(createSource().frames(12))
    const inKeyFrame = input.findLastIndex(
      (packet) => pidOf(packet, 0) === 0x200 && startsUnit(packet, 0) && packet[5] === 0x10,
    )
    const target = inKeyFrame - 1
    if (fault === 'lost') input.splice(target, 1)
    if (fault === 'marked as bad') input[target]![1]! |= 0x80
    if (fault === 'scrambled') input[target]![3]! |= 0x80
    const { packets } = createSplicer().push(Buffer.concat(input))
    expect(readOutput(packets)).toMatchObject(CLEAN)
    expect(packets.length).toBeLessThan(whole.length)
  })

  test('T12: reordered packets are a loss, and none of them is out of order in the output', () => {
    const input = packetsOf(createSource().frames(12))
    const isInside = (packet: Buffer | undefined): boolean =>
      packet !== undefined && pidOf(packet, 0) === 0x200 && !startsUnit(packet, 0)
    const first = input.findLastIndex((packet, index) => isInside(packet) && isInside(input[index + 1]))
    expect(first).toBeGreaterThan(0)
    input.splice(first, 2, input[first + 1]!, input[first]!)
    const { packets } = createSplicer().push(Buffer.concat(input))
    expect(readOutput(packets)).toMatchObject(CLEAN)
    expect(packets.length).toBeLessThan(createSplicer().push(createSource().frames(12)).packets.length)
  })

  test('a key frame that loses a packet before its type is known is sent up to the loss, but is not a join point', () => {
    const input = packetsOf(createSource().frames(12))
    const keyStarts = input.flatMap((packet, index) => (pidOf(packet, 0) === 0x300 ? [index + 1] : []))
    // Its first packet no longer holds the slice: only stuffing, so that the verdict is in the next
    // one.
    const head = input[keyStarts[1]!]!
    head.copy(head, 184, 100, 104)
    head.fill(0xaa, 40, 184)
    input.splice(keyStarts[1]! + 2, 1)
    const { packets, joinPoints } = createSplicer().push(Buffer.concat(input))
    expect(joinPoints).toHaveLength(2)
    expect(readOutput(packets)).toMatchObject(CLEAN)
  })

  test('a source whose counters never count still plays', () => {
    const input = createSource().frames(60)
    for (let offset = 0; offset < input.length; offset += PACKET_BYTES) {
      if (continuityOf(input, offset) >= 0 && pidOf(input, offset) === 0x200) setContinuity(input, offset, 3)
    }
    const reading = readOutput(createSplicer().push(input).packets)
    expect(reading).toMatchObject(CLEAN)
    expect(reading.frameNumbers.length).toBeGreaterThan(40)
  })

  test('T19: a frame of any length is passed on as it arrives, and none of it is kept', () => {
    const maker = createPacketMaker()
    const program = { programNumber: 1, pmtPid: 0x50, pcrPid: 0x60, streams: [stream(0x60, 'video', 'h264')] }
    const splicer = createSplicer()
    splicer.push(maker.tables(program))
    const endless = maker.unit({ pid: 0x60, pts: 1, payload: accessUnit(0, true, 5 * 1024 * 1024) })
    const bytes = endless.length
    expect(splicer.push(endless).packets).toHaveLength(bytes + 2 * PACKET_BYTES)
    const next = [1, 2].map((number) =>
      maker.unit({ pid: 0x60, pts: number * FRAME_TICKS, payload: accessUnit(number, true) }),
    )
    expect(readOutput(splicer.push(Buffer.concat(next)).packets).frameNumbers).toEqual([1, 2])
  })
})

describe('time that does not run', () => {
  test.each([
    ['an hour forward', 900_000 + 3600 * 90_000],
    ['an hour back', 900_000 + 2 ** 33 - 3600 * 90_000],
    ['back to the start', 900_000],
  ])('T14, T24: a jump %s is removed', (_, startTicks) => {
    const first = createSource().frames(51)
    const second = createSource({ startTicks: startTicks % 2 ** 33, firstNumber: 1000 }).frames(51)
    const reading = readOutput(createSplicer().push(Buffer.concat([first, second])).packets)
    expect(reading).toMatchObject(CLEAN)
    expect(reading.frameNumbers).toContain(1000)
    expect(Math.max(...reading.videoSteps)).toBeLessThanOrEqual(3 * FRAME_TICKS)
  })

  test('two repeated frames do not turn time back', () => {
    const first = createSource().frames(20)
    const again = createSource({ startTicks: 900_000 + 18 * FRAME_TICKS, firstNumber: 18 }).frames(20)
    const reading = readOutput(createSplicer().push(Buffer.concat([first, again])).packets)
    expect(reading).toMatchObject(CLEAN)
    expect(reading.frameNumbers.length).toBeGreaterThan(35)
  })

  test('T15: discontinuity_indicator alone changes nothing, and is not passed on', () => {
    const input = createSource().frames(30)
    for (let offset = 0; offset < input.length; offset += PACKET_BYTES) {
      if ((input[offset + 3]! & 0x20) !== 0 && input[offset + 4]! > 0) input[offset + 5]! |= 0x80
    }
    expect(createSplicer().push(input).packets).toEqual(createSplicer().push(createSource().frames(30)).packets)
  })

  test('T14: a PCR from another time base is moved to the timestamps', () => {
    const splicer = createSplicer()
    const first = splicer.push(createSource({ clockTicks: 77 }).frames(30)).packets
    splicer.startInput()
    const second = splicer.push(createSource({ clockTicks: 2 ** 32 + 1 }).frames(30)).packets
    expect(readOutput(Buffer.concat([first, second]))).toMatchObject(CLEAN)
  })

  test('no PCR at all', () => {
    const reading = readOutput(createSplicer().push(createSource({ hasClock: false }).frames(30)).packets)
    expect(reading).toMatchObject(CLEAN)
    expect(reading.frameNumbers).toHaveLength(30)
  })
})

describe('tables that change', () => {
  const video = stream(0x60, 'video', 'h264')
  const audio = stream(0x61, 'audio', 'aac')

  function createChanging() {
    const maker = createPacketMaker()
    let index = 0
    const play = (pid: number, audioPid?: number) => {
      const parts: Buffer[] = []
      for (let count = 0; count < 10; count++, index++) {
        const dts = 90_000 + index * FRAME_TICKS
        parts.push(maker.unit({ pid, pts: dts, dts, clock: dts - 9000, payload: accessUnit(index, index % 5 === 0) }))
        if (audioPid) parts.push(maker.unit({ pid: audioPid, pts: dts, payload: Buffer.alloc(99, 1), isBounded: true }))
      }
      return Buffer.concat(parts)
    }
    const tables = (streams: Array<typeof video>, version: number) =>
      maker.tables({ programNumber: 1, pmtPid: 0x50, pcrPid: streams[0]!.pid, streams }, version)
    return { play, tables }
  }

  test('T10, T11: audio that comes and goes does not disturb the frame', () => {
    const { play, tables } = createChanging()
    const splicer = createSplicer()
    const parts = [
      tables([video], 0),
      play(0x60),
      tables([video, audio], 1),
      play(0x60, 0x61),
      tables([video], 2),
      play(0x60),
    ]
    const reading = readOutput(splicer.push(Buffer.concat(parts)).packets)
    expect(reading).toMatchObject({ ...CLEAN, pids: [0, 0x1000, 0x100, 0x110] })
    expect(reading.frameNumbers).toEqual(Array.from({ length: 30 }, (_, index) => index))
  })

  test('T10: a new PID for the video continues under the same output PID at a key frame', () => {
    const { play, tables } = createChanging()
    const moved = stream(0x70, 'video', 'h264')
    const parts = [tables([video], 0), play(0x60), tables([moved], 1), play(0x70)]
    const reading = readOutput(createSplicer().push(Buffer.concat(parts)).packets)
    expect(reading).toMatchObject({ ...CLEAN, pids: [0, 0x1000, 0x100] })
    expect(reading.frameNumbers).toContain(10)
  })

  test('T11: another codec in the same input ends the output until the old one is back', () => {
    const { play, tables } = createChanging()
    const splicer = createSplicer()
    splicer.push(Buffer.concat([tables([video], 0), play(0x60)]))
    const changed = splicer.push(Buffer.concat([tables([stream(0x60, 'video', 'hevc')], 1), play(0x60)]))
    expect(changed).toMatchObject({ incompatible: 'output is h264, input is hevc', joinPoints: [] })
    expect(changed.packets).toHaveLength(0)
    const back = splicer.push(Buffer.concat([tables([video], 2), play(0x60)]))
    expect(back.incompatible).toBeUndefined()
    expect(readOutput(back.packets).frameNumbers[0]).toBe(20)
  })

  test('a switch to another video codec is refused', () => {
    const { play, tables } = createChanging()
    const splicer = createSplicer()
    splicer.push(Buffer.concat([tables([video], 0), play(0x60)]))
    splicer.startInput()
    const refused = splicer.push(Buffer.concat([tables([stream(0x60, 'video', 'hevc')], 1), play(0x60)]))
    expect(refused.incompatible).toBe('output is h264, input is hevc')
    expect(refused.packets).toHaveLength(0)
    splicer.startInput()
    const accepted = splicer.push(Buffer.concat([tables([video], 3), play(0x60)]))
    expect(accepted).not.toHaveProperty('incompatible')
    expect(accepted.packets.length).toBeGreaterThan(0)
  })
})
