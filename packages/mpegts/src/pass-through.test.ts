import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { OutputCollector } from '../test-support/output-collector.ts'
import { accessUnit, createPacketMaker, createSource, readOutput, stream } from '../test-support/test-packets.ts'
import { nullPackets, Splicer } from './index.ts'
import { NULL_PID, PACKET_BYTES, pidOf } from './packet.ts'

const MEDIA_PIDS = [0x100, 0x110]

function packetsOf(packets: Buffer, pids: readonly number[]): Buffer[] {
  return Array.from({ length: packets.length / PACKET_BYTES }, (_, index) =>
    packets.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES),
  ).filter((packet) => pids.includes(pidOf(packet, 0)))
}

/** As a channel of constant bit rate has them. */
function withNullPackets(packets: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < packets.length; at += 17 * PACKET_BYTES) {
    parts.push(packets.subarray(at, at + 17 * PACKET_BYTES), nullPackets(1 + (at % 3)))
  }
  return Buffer.concat(parts)
}

/** The PIDs of the output already, counted from 0, so that nothing needs to differ. */
const source = () => createSource({ videoPid: 0x100, audioPid: 0x110, pmtPid: 0x300 })

describe('a channel without a switch', () => {
  test('is read, not written: every packet of media passes unchanged, in order', () => {
    const collector = new OutputCollector()
    const splicer = new Splicer({ sink: collector.sink })
    const input = source().frames(100)
    const before = Buffer.from(input)
    splicer.push(input)
    expect(packetsOf(collector.take().packets, MEDIA_PIDS)).toEqual(packetsOf(before, MEDIA_PIDS))
  })

  test('keeps its interleaving where null packets and tables are dropped and PIDs, counters and times differ', () => {
    const made = withNullPackets(
      createTransportStreamMaker({ bitsPerSecond: 8_000_000, startTicks: 77_777 }).next(3_000),
    )
    const collector = new OutputCollector()
    const splicer = new Splicer({ sink: collector.sink })
    splicer.push(Buffer.from(made))
    splicer.startInput()
    splicer.push(Buffer.from(made))
    const order = (packets: Buffer, audioPid: number) =>
      packetsOf(packets, [0x100, audioPid]).map(
        (packet) => `${pidOf(packet, 0) === 0x100}${packet.toString('hex', 170)}`,
      )
    const expected = order(made, 0x101)
    expect(packetsOf(made, [NULL_PID]).length).toBeGreaterThan(100)
    const found = order(collector.take().packets, 0x110)
    // At the switch, audio that would overlap is left out.
    const settled = expected.slice(200)
    expect(found.slice(0, expected.length)).toEqual(expected)
    expect(found.slice(-settled.length)).toEqual(settled)
  })

  test('passes on every packet with the piece that brought it, as views of its memory, in few calls', () => {
    const made = withNullPackets(createTransportStreamMaker({ bitsPerSecond: 8_000_000 }).next(4_000))
    const pieceBytes = 100 * PACKET_BYTES
    const work = Buffer.alloc(pieceBytes)
    let [calls, shared, inserted] = [0, 0, 0]
    const splicer = new Splicer({
      sink: (packets) => {
        calls += 1
        if (packets.buffer === work.buffer) shared += packets.length
        else inserted += packets.length
      },
    })
    let pieces = 0
    for (let at = 0; at + pieceBytes <= made.length; at += pieceBytes, pieces++) {
      made.copy(work, 0, at, at + pieceBytes)
      const media = packetsOf(work, [0x100, 0x101]).length * PACKET_BYTES
      const before = shared + inserted
      splicer.push(work)
      // The head of a frame may wait for the next piece: never more than a few packets of it.
      if (before > 0) expect(shared + inserted - before).toBeGreaterThan(media - 30 * PACKET_BYTES)
    }
    expect(inserted).toBeLessThan(0.03 * shared)
    expect(calls).toBeLessThan(1.5 * pieces)
  })

  test('a frame passes packet by packet, long before it is whole', () => {
    const maker = createPacketMaker()
    const program = { programNumber: 1, pmtPid: 0x50, pcrPid: 0x60, streams: [stream(0x60, 'video', 'h264')] }
    const frame = maker.unit({ pid: 0x60, pts: 1, payload: accessUnit(0, true, 5_000) })
    const collector = new OutputCollector()
    const splicer = new Splicer({ sink: collector.sink })
    splicer.push(maker.tables(program))
    for (let at = 0; at < frame.length; at += PACKET_BYTES) {
      splicer.push(frame.subarray(at, at + PACKET_BYTES))
      expect(packetsOf(collector.take().packets, [0x100])).toHaveLength(1)
    }
  })
})

test('a join point starts its view, however the pieces are cut', () => {
  for (const packets of [1, 7, 33, 500]) {
    const seen: Buffer[] = []
    const splicer = new Splicer({
      sink: (view, isJoinPoint) => {
        if (isJoinPoint) seen.push(Buffer.from(view))
      },
    })
    const input = createSource().frames(60)
    for (let at = 0; at < input.length; at += packets * PACKET_BYTES) {
      splicer.push(Buffer.from(input.subarray(at, at + packets * PACKET_BYTES)))
    }
    expect(seen).toHaveLength(12)
    for (const view of seen) expect([0, 1].map((index) => pidOf(view, index * PACKET_BYTES))).toEqual([0, 0x1000])
  }
})

test('inside the sink, the state is that after the view', () => {
  const views: Buffer[] = []
  const states: Array<ReturnType<Splicer['snapshot']>> = []
  const splicer: Splicer = new Splicer({
    sink: (view) => {
      views.push(Buffer.from(view))
      states.push(JSON.parse(JSON.stringify(splicer.snapshot())))
    },
  })
  const input = createSource().frames(60)
  for (let at = 0; at < input.length; at += 37 * PACKET_BYTES) {
    splicer.push(Buffer.from(input.subarray(at, at + 37 * PACKET_BYTES)))
  }
  let position = 0
  for (const [index, view] of views.entries()) {
    position += view.length
    expect(states[index]!.position).toBe(position)
    const collector = new OutputCollector()
    const successor = new Splicer({ sink: collector.sink, resume: states[index] })
    successor.startInput({ sameStream: true })
    successor.push(createSource().frames(80))
    const output = Buffer.concat([...views.slice(0, index + 1), collector.take().packets])
    const { frameNumbers, continuityErrors, stepsBack } = readOutput(output)
    expect({ continuityErrors, stepsBack }).toEqual({ continuityErrors: 0, stepsBack: 0 })
    expect(frameNumbers).toEqual([...Array(80).keys()])
  }
})
