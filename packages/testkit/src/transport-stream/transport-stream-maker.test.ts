import { describe, expect, test } from '@jest/globals'
import type { TransportStreamMakerOptions } from './maker-options.ts'
import { viewPacket } from './packet-view.ts'
import { sectionCrc } from './program-sections.ts'
import { createTransportStreamChecker } from './transport-stream-checker.ts'
import { createTransportStreamMaker } from './transport-stream-maker.ts'

const judge = (options: TransportStreamMakerOptions, ms = 10_000) => {
  const checker = createTransportStreamChecker()
  checker.push(createTransportStreamMaker(options).next(ms), 0)
  return checker.report()
}

describe('every kind of stream has no flaw', () => {
  const kinds: Array<[string, TransportStreamMakerOptions]> = [
    ['the default', {}],
    ['30 frames a second, groups of 2 s', { framesPerSecond: 30, gopMs: 2_000 }],
    ['8 Mbit/s with stuffing', { bitsPerSecond: 8_000_000, nullPacketsPerSecond: 25 }],
    ['a very low rate', { bitsPerSecond: 150_000 }],
    ['HEVC', { video: 'hevc' }],
    ['MPEG-2', { video: 'mpeg2' }],
    ['video without audio', { hasAudio: false }],
    ['radio', { video: 'none', packetsPerAudioFrame: 1 }],
    ['other PIDs and program', { pmtPid: 0x20, videoPid: 0x21, audioPid: 0x22, programNumber: 7 }],
    ['clock over the wrap', { startTicks: 2 ** 33 - 3 * 90_000 }],
    ['key frames without the indicator', { hasRandomAccessIndicator: false }],
  ]
  test.each(kinds)('%s', (_, options) => {
    const report = judge(options)
    expect(report.problems).toEqual([])
    expect(report.sequence).toMatchObject({ lost: 0, unmarked: 0 })
  })
})

test('keeps its bit rate, its groups, its tables and its clock', () => {
  const report = judge({ bitsPerSecond: 2_000_000, gopMs: 1_000 })
  expect(report.bytes).toBeGreaterThan(2_450_000)
  expect(report.bytes).toBeLessThan(2_550_000)
  expect(report.keyFrames).toBe(10)
  expect(report.clocks.longestPcrIntervalMs).toBeLessThanOrEqual(40)
  expect(report.tables.longestPatIntervalMs).toBeLessThanOrEqual(101)
  expect(report.start).toMatchObject({ hasTablesFirst: true, bytesFromTablesToKeyFrame: 0 })
})

test('the same options give the same bytes, however they are requested', () => {
  const whole = createTransportStreamMaker().next(3_000)
  const pieces = createTransportStreamMaker()
  const steps = [1, 7, 33.4, 100, 858.6, 1_000, 1_000]
  expect(Buffer.concat(steps.map((ms) => pieces.next(ms))).equals(whole)).toBe(true)
})

test('marks where a player can start: at the PAT before a key frame', () => {
  const { bytes, joinOffsets } = createTransportStreamMaker().nextChunk(3_000)
  expect(joinOffsets).toHaveLength(3)
  for (const offset of joinOffsets) {
    const [pat, pmt, keyFrame] = [0, 188, 376].map((add) =>
      viewPacket(bytes.subarray(offset + add, offset + add + 188)),
    )
    expect([pat!.pid, pmt!.pid, keyFrame!.pid]).toEqual([0, 0x1000, 0x100])
    expect(keyFrame!.isRandomAccess).toBe(true)
  }
})

test('skipping omits time but no number', () => {
  const maker = createTransportStreamMaker()
  const checker = createTransportStreamChecker()
  checker.push(maker.next(1_000), 0)
  maker.skip(5_300)
  expect(maker.mediaMs()).toBe(7_000)
  checker.push(maker.next(1_000), 0)
  const report = checker.report()
  expect(report.sequence.lost).toBe(0)
  expect(report.continuity.errors).toBe(0)
  expect(report.clocks.pcrJumps).toBe(1)
})

test.each([
  { sourceId: 'much too long an id' },
  { streamId: '' },
  { streamId: 'a b' },
  { video: 'none' as const, hasAudio: false },
])('refuses what it cannot make: %j', (options) => expect(() => createTransportStreamMaker(options)).toThrow())

test('the CRC of sections is that of the standard', () => {
  // CRC-32/MPEG-2 of "123456789", from the catalogue of parametrised CRC algorithms.
  expect(sectionCrc(Buffer.from('123456789'))).toBe(0x0376e6e7)
})
