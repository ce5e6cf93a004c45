import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { createSplicer } from '../test-support/create-splicer.ts'
import { hasClockReference, PACKET_BYTES, payloadOffset, pidOf, readClockReference, startsUnit } from './packet.ts'
import { readPesHeader, ticksBetween } from './timestamps.ts'

/**
 * How long before its decode time a packet comes, by the clock at its place, and the longest way
 * from clock to clock.
 */
function pace(packets: Buffer, audioPid: number) {
  const least = { video: Number.POSITIVE_INFINITY, audio: Number.POSITIVE_INFINITY }
  let maxClockTicks = 0
  let clock: number | undefined
  let decodeTime: number | undefined
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    const pid = pidOf(packets, offset)
    if (hasClockReference(packets, offset)) {
      const next = readClockReference(packets, offset)
      if (clock !== undefined) maxClockTicks = Math.max(maxClockTicks, ticksBetween(clock, next))
      clock = next
    }
    const kind = pid === 0x100 ? 'video' : pid === audioPid ? 'audio' : undefined
    if (kind === undefined || clock === undefined) continue
    const isStart = startsUnit(packets, offset)
    const header = isStart ? readPesHeader(packets, payloadOffset(packets, offset), offset + PACKET_BYTES) : undefined
    const time = header?.dts ?? header?.pts ?? (kind === 'video' ? decodeTime : undefined)
    if (kind === 'video') decodeTime = time
    if (time !== undefined) least[kind] = Math.min(least[kind], ticksBetween(clock, time))
  }
  return { ...least, maxClockTicks }
}

test.each([
  ['constant bit rate, large frames', { bitsPerSecond: 8_000_000, gopMs: 2_000 }, 4_000],
  ['few bytes', { bitsPerSecond: 600_000, framesPerSecond: 50 as const }, 10_000],
  ['a clock with each frame only', { pcrEveryMs: 40 }, 10_000],
])(
  'clocks are as frequent as in the source, and nothing is later than there: %s',
  (_, options, mediaMs) => {
    const source = createTransportStreamMaker(options).next(mediaMs)
    const before = pace(source, 0x101)
    const splicer = createSplicer()
    const pieces: Buffer[] = []
    for (let at = 0; at < source.length; at += 40 * PACKET_BYTES) {
      pieces.push(splicer.push(Buffer.from(source.subarray(at, at + 40 * PACKET_BYTES))).packets)
    }
    const after = pace(Buffer.concat(pieces), 0x110)
    expect(after.maxClockTicks).toBe(before.maxClockTicks)
    expect(after.video).toBeGreaterThanOrEqual(before.video)
    // A unit of audio that ends behind a clock which it began before is sent behind that: one clock
    // at most.
    expect(after.audio).toBeGreaterThanOrEqual(before.audio - before.maxClockTicks - 2)
  },
  30_000,
)
