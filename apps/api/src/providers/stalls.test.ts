import { expect, test } from '@jest/globals'
import { createMediaHealth } from '@kptv/failover'
import { createPacketAligner, nullPackets, pidOf, StreamWatch } from '@kptv/mpegts'
import { createSplicer } from '@kptv/mpegts/test-support'
import { createTransportStreamMaker } from '@kptv/testkit'
import { DEFAULT_TIMING } from './stream-pull.ts'

const STEP_MS = 250
const GOOD_SECONDS = 10
const VIDEO_PID = 0x100

/** The media of a provider in a quarter of a second. */
type Provider = () => Buffer

/**
 * Ten good seconds, then the fault, on a simulated clock. Returns the fault, and how many seconds
 * after its start it was reported.
 */
function stall(good: Provider, bad: Provider, seconds: number) {
  const health = createMediaHealth(DEFAULT_TIMING, 0)
  const [aligner, watch, splicer] = [createPacketAligner(), new StreamWatch(), createSplicer()]
  let mediaBytes = 0
  for (let atMs = STEP_MS; atMs <= (GOOD_SECONDS + seconds) * 1000; atMs += STEP_MS) {
    const packets = aligner.push(atMs <= GOOD_SECONDS * 1000 ? good() : bad())
    watch.push(packets)
    mediaBytes += splicer.push(packets).packets.length
    const failure = health.check({ atMs, facts: watch.facts(), mediaBytes, isHealthy: mediaBytes >= 1024 })
    if (failure !== undefined) return { code: failure.code, afterSeconds: atMs / 1000 - GOOD_SECONDS }
  }
  return undefined
}

function television(): Provider {
  const maker = createTransportStreamMaker()
  return () => maker.next(STEP_MS)
}

/** 70 kbit/s with all packets; its audio alone has less than 50. */
function radio(): Provider {
  const maker = createTransportStreamMaker({ video: 'none', packetsPerAudioFrame: 1, bitsPerSecond: 75_000 })
  return () => maker.next(STEP_MS)
}

/** Gives 5 % of what another gives. */
function trickle(provider: Provider): Provider {
  let left = Buffer.alloc(0)
  return () => {
    const all = provider()
    const bytes = Math.floor(all.length * 0.05)
    if (left.length < bytes) left = Buffer.concat([left, all])
    const piece = Buffer.from(left.subarray(0, bytes))
    left = left.subarray(bytes)
    return piece
  }
}

function withoutVideo(provider: Provider): Provider {
  return () => withoutPid(provider(), VIDEO_PID)
}

function withoutPid(packets: Buffer, pid: number): Buffer {
  const kept: Buffer[] = []
  for (let offset = 0; offset < packets.length; offset += 188) {
    if (pidOf(packets, offset) !== pid) kept.push(packets.subarray(offset, offset + 188))
  }
  return Buffer.concat(kept)
}

/** One second, over and over. */
function sameGop(): Provider {
  const media = createTransportStreamMaker().next(1_000)
  let turn = 0
  return () => {
    const quarter = Math.floor(media.length / 188 / 4) * 188
    const start = (turn++ % 4) * quarter
    return Buffer.from(media.subarray(start, start + quarter))
  }
}

test.each([
  ['silent', television, () => () => Buffer.alloc(0), 'stalled', 3.5],
  ['null packets only', television, () => () => nullPackets(300), 'null-packets', 3.5],
  ['5 % of the rate', television, trickle, 'trickle', 8],
  ['5 % of the rate of a radio', radio, trickle, 'trickle', 8],
  ['audio only', television, withoutVideo, 'no-clock-progress', 3.5],
  ['the same GOP again and again', television, sameGop, 'repeated-clip', 4],
] as const)(
  '%s: left in time',
  (_, make, fault, code, withinSeconds) => {
    const good = make()
    const found = stall(good, fault(good), 60)
    expect(found?.code).toBe(code)
    expect(found!.afterSeconds).toBeLessThanOrEqual(withinSeconds)
  },
  30_000,
)

/** Without the packets of a PID. */
function without(pid: number): Provider {
  const provider = television()
  return () => withoutPid(provider(), pid)
}

test.each([
  ['T05: null packets only', () => () => nullPackets(300), 'null-packets', 10.5],
  ['T06: no PAT', () => without(0), 'no-tables', 3.5],
  ['T06: a PAT without its PMT', () => without(0x1000), 'no-tables', 3.5],
] as const)(
  'at the start, %s: left in time',
  (_, make, code, withinSeconds) => {
    const found = stall(make(), make(), 60)
    expect(found?.code).toBe(code)
    expect(GOOD_SECONDS + found!.afterSeconds).toBeLessThanOrEqual(withinSeconds)
  },
  30_000,
)

test('a healthy low-bitrate radio is never left', () => {
  const provider = radio()
  expect(stall(provider, provider, 600)).toBeUndefined()
}, 30_000)

test('T13: nor is a stream whose timestamps wrap', () => {
  const maker = createTransportStreamMaker({ startTicks: 2 ** 33 - 20 * 90_000 })
  const provider = () => maker.next(STEP_MS)
  expect(stall(provider, provider, 60)).toBeUndefined()
}, 30_000)
