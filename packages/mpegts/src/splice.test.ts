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
import { PACKET_BYTES, pidOf } from './packet.ts'

const NORMAL_PIDS = [0, 0x1000, 0x100, 0x110]

describe('one input', () => {
  test('starts with PAT, PMT and the first key frame; earlier frames and audio are dropped', () => {
    const source = createSource()
    const tables = source.maker.tables(source.program)
    source.frames(3)
    const { packets, joinPoints } = createSplicer().push(Buffer.concat([tables, source.frames(10)]))
    const reading = readOutput(packets)
    expect(reading.pids).toEqual(NORMAL_PIDS)
    expect(reading.frameNumbers[0]).toBe(5)
    expect(joinPoints[0]).toBe(0)
    expect(reading.videoTimes[0]).toBe(900_000 + 5 * FRAME_TICKS)
  })

  test('every key frame is a join point: PAT, PMT, key frame', () => {
    const { packets, joinPoints } = createSplicer().push(createSource({ gopFrames: 4 }).frames(12))
    expect(joinPoints).toHaveLength(3)
    for (const at of joinPoints) {
      expect([0, 1, 2].map((index) => pidOf(packets, at + index * PACKET_BYTES))).toEqual([0, 0x1000, 0x100])
      expect(readOutput(packets.subarray(at)).frameNumbers[0]! % 4).toBe(0)
    }
  })

  test('tables are sent every 400 ms in a long group of frames', () => {
    const { packets } = createSplicer().push(createSource({ gopFrames: 250 }).frames(101))
    expect(readOutput(packets).tables).toBeGreaterThanOrEqual(10)
  })

  test('nothing is lost or repeated, whatever PIDs the source uses', () => {
    const splicer = createSplicer()
    const { packets } = splicer.push(createSource({ videoPid: 0x44, audioPid: 0x45, pmtPid: 0x20 }).frames(50))
    const reading = readOutput(packets)
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0, pids: NORMAL_PIDS })
    expect(reading.frameNumbers).toEqual(Array.from({ length: 50 }, (_, index) => index))
    expect(splicer.signature).toBe('h264+aac')
  })

  test('T13: a 33-bit wrap has no effect', () => {
    const { packets } = createSplicer().push(createSource({ startTicks: 2 ** 33 - 10 * FRAME_TICKS }).frames(40))
    const reading = readOutput(packets)
    expect(reading).toMatchObject({ continuityErrors: 0, stepsBack: 0 })
    expect(new Set(reading.videoSteps)).toEqual(new Set([FRAME_TICKS]))
    expect(reading.frameNumbers).toHaveLength(40)
  })

  test('T18: without a key frame it starts after 5 s, without join points', () => {
    const source = createSource({ gopFrames: 1000 })
    const tables = source.maker.tables(source.program)
    source.frames(1)
    const { packets, joinPoints } = createSplicer().push(Buffer.concat([tables, source.frames(200)]))
    const { frameNumbers } = readOutput(packets)
    expect(frameNumbers[0]).toBeGreaterThanOrEqual(125)
    expect(frameNumbers[0]).toBeLessThan(130)
    expect(joinPoints).toEqual([])
  })

  test('T20: a known radio starts at its first audio packet; otherwise it waits 3 s for video', () => {
    const maker = createPacketMaker()
    const program = { programNumber: 1, pmtPid: 0x50, pcrPid: 0x61, streams: [stream(0x61, 'audio', 'mp2')] }
    const audio = (index: number) =>
      maker.unit({ pid: 0x61, pts: index * 2160, clock: index * 2160, payload: Buffer.alloc(500), isBounded: true })
    const units = Array.from({ length: 250 }, (_, index) => audio(index))
    const input = Buffer.concat([maker.tables(program), ...units])
    const play = (isRadio: boolean) => {
      const splicer = createSplicer()
      splicer.startInput({ isRadio })
      return splicer.push(Buffer.from(input))
    }
    const [known, unknown] = [play(true), play(false)]
    expect(readOutput(known.packets)).toMatchObject({ continuityErrors: 0, stepsBack: 0, pids: [0, 0x1000, 0x110] })
    expect(known.joinPoints[0]).toBe(0)
    expect(known.joinPoints.length).toBeLessThan(25)
    expect(unknown.joinPoints[0]).toBe(0)
    const ticksLost = (250 - readOutput(unknown.packets).audioSteps.length - 1) * 2160
    expect(ticksLost).toBeGreaterThanOrEqual(3 * 90_000)
    expect(ticksLost).toBeLessThan(3.1 * 90_000)
  })

  test('T06: no tables, no output', () => {
    const source = createSource()
    const withoutTables = source.maker.unit({ pid: 0x200, pts: 1, payload: accessUnit(0, true) })
    expect(createSplicer().push(withoutTables).packets).toHaveLength(0)
    expect(createSplicer().push(Buffer.alloc(PACKET_BYTES * 9, '<html>')).packets).toHaveLength(0)
  })

  test('T14: a PCR with its own PID is moved to the video', () => {
    const maker = createPacketMaker()
    const program = {
      programNumber: 1,
      pmtPid: 0x50,
      pcrPid: 0x70,
      streams: [stream(0x60, 'video', 'h264'), stream(0x61, 'audio', 'aac')],
    }
    const parts = [maker.tables(program)]
    for (let index = 0; index < 30; index++) {
      const clock = maker.unit({ pid: 0x70, clock: index * FRAME_TICKS, payload: Buffer.alloc(1) })
      const dts = 45_000 + index * FRAME_TICKS
      parts.push(clock, maker.unit({ pid: 0x60, pts: dts, dts, payload: accessUnit(index, index % 5 === 0) }))
    }
    const { packets } = createSplicer().push(Buffer.concat(parts))
    expect(readOutput(packets)).toMatchObject({ continuityErrors: 0, stepsBack: 0, pids: [0, 0x1000, 0x100] })
  })
})
