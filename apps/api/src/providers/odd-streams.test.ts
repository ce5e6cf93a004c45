import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createMediaHealth } from '@kptv/failover'
import { PACKET_BYTES, pidOf, Splicer, StreamWatch } from '@kptv/mpegts'
import { OutputCollector } from '@kptv/mpegts/test-support'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { DEFAULT_TIMING } from './stream-pull.ts'

const STEP_MS = 250

/** One channel's output, its health checks and its clock, over any number of connections. */
function createChannel({ isLastResort = true } = {}) {
  let atMs = 0
  const collector = new OutputCollector()
  const splicer = new Splicer({ sink: collector.sink, monotonicMs: () => atMs })
  const checker = createTransportStreamChecker()
  let mediaBytes = 0

  /**
   * Takes the media of a connection, a quarter of a second at a time. Returns its fault, with the
   * second of the connection.
   */
  function connect(seconds: number, bring: (step: number) => Buffer) {
    const health = createMediaHealth({ ...DEFAULT_TIMING, isLastResort }, atMs)
    const watch = new StreamWatch()
    splicer.startInput({ sameStream: true, watch })
    const startBytes = mediaBytes
    for (let step = 0; step < (seconds * 1000) / STEP_MS; step++) {
      const packets = bring(step)
      // In pieces spread over the time, as from a socket.
      const pieceBytes = Math.ceil(packets.length / PACKET_BYTES / 8) * PACKET_BYTES
      for (let at = 0; at < packets.length; at += pieceBytes) {
        splicer.push(Buffer.from(packets.subarray(at, at + pieceBytes)))
        const made = collector.take().packets
        mediaBytes += made.length
        if (made.length > 0) checker.push(made, atMs)
        atMs += STEP_MS / 8
      }
      if (packets.length === 0) atMs += STEP_MS
      const sample = { atMs, facts: watch.facts(), mediaBytes: mediaBytes - startBytes }
      const failure = health.check({ ...sample, isHealthy: sample.mediaBytes >= 1024 })
      if (failure !== undefined) return { code: failure.code, atSecond: (step * STEP_MS) / 1000 }
    }
    return undefined
  }

  return { connect, report: () => checker.report({ isComplete: true }) }
}

const NOTHING = Buffer.alloc(0)

describe('an HLS relay that sends each segment at once', () => {
  test.each([4, 6, 8, 10])('plays for two minutes in one connection: segments of %i s', (segmentSeconds) => {
    const maker = createTransportStreamMaker({ bitsPerSecond: 500_000 })
    const channel = createChannel({ isLastResort: false })
    const steps = (segmentSeconds * 1000) / STEP_MS
    const bring = (step: number) => (step % steps === 0 ? maker.next(segmentSeconds * 1000) : NOTHING)
    expect(channel.connect(120, bring)).toBeUndefined()
    expect(channel.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
  })

  test.each([1, 5, 9])('plays when joined %i s before a segment of 10 s, without an alternative', (before) => {
    const maker = createTransportStreamMaker({ bitsPerSecond: 500_000 })
    const bring = (step: number) => {
      const second = (step * STEP_MS) / 1000
      if (second < before) return NOTHING
      return (second - before) % 10 === 0 ? maker.next(10_000) : NOTHING
    }
    expect(createChannel().connect(90, bring)).toBeUndefined()
  })
})

test('a stream with tables every eight seconds plays in one connection, wherever it is joined', () => {
  for (const skippedMs of [500, 3_500, 7_500]) {
    const maker = createTransportStreamMaker({ bitsPerSecond: 500_000 })
    maker.next(skippedMs)
    let sinceTablesMs = skippedMs
    const bring = () => {
      const packets = maker.next(STEP_MS)
      sinceTablesMs += STEP_MS
      if (sinceTablesMs >= 8_000) {
        sinceTablesMs = 0
        return packets
      }
      return withoutTables(packets)
    }
    expect(createChannel().connect(60, bring)).toBeUndefined()
  }
})

test.each([5, 12, 15, 30])(
  'a provider that restarts its clock in each connection, every %i s, keeps playing',
  (seconds) => {
    const channel = createChannel()
    for (let connection = 0; connection < 5; connection++) {
      const maker = createTransportStreamMaker({ bitsPerSecond: 500_000, sourceId: `part-${connection}` })
      expect(channel.connect(seconds, () => maker.next(STEP_MS))).toBeUndefined()
    }
    const { problems, sequence } = channel.report()
    expect(problems).toEqual([])
    // Every connection played, from its first key frame on.
    expect(sequence.switches).toHaveLength(4)
    expect(sequence.lost).toBe(0)
  },
)

/** The maker's tables have these PIDs in all its streams. */
function withoutTables(packets: Buffer): Buffer {
  const kept: Buffer[] = []
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    const pid = pidOf(packets, at)
    if (pid !== 0 && pid !== 0x1000) kept.push(packets.subarray(at, at + PACKET_BYTES))
  }
  return Buffer.concat(kept)
}
