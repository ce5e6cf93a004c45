import { describe, expect, test } from '@jest/globals'
import type { CheckerReport } from './checker-report.ts'
import { viewPacket } from './packet-view.ts'
import { NULL_PID, PACKET_BYTES, startPacket } from './packet-writer.ts'
import { createTransportStreamChecker } from './transport-stream-checker.ts'
import { createTransportStreamMaker } from './transport-stream-maker.ts'

const check = (bytes: Buffer): CheckerReport => {
  const checker = createTransportStreamChecker()
  checker.push(bytes, 0)
  return checker.report({ isComplete: true })
}
const made = (ms = 3_000) => createTransportStreamMaker().next(ms)
const packetsOf = (bytes: Buffer) =>
  Array.from({ length: bytes.length / PACKET_BYTES }, (_, index) =>
    Buffer.from(bytes.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES)),
  )
/** Some video packet in the middle of a frame. */
const isMidFrame = (packet: Buffer) => packet.readUInt16BE(1) === 0x0100 && (packet[3]! & 0x20) === 0

/** Changes the packets from the first one in mid-frame after packet 200. */
const damaged = (change: (packets: Buffer[], at: number) => void) => {
  const packets = packetsOf(made())
  const at = packets.findIndex((packet, index) => index > 200 && isMidFrame(packet) && isMidFrame(packets[index + 1]!))
  change(packets, at)
  return Buffer.concat(packets)
}

describe('finds every kind of flaw', () => {
  const cases: Array<[string, Buffer, (report: CheckerReport) => unknown, unknown]> = [
    ['a lost packet', damaged((p, at) => p.splice(at, 1)), (r) => [r.sequence.lost, r.continuity.errors], [1, 1]],
    [
      '16 lost packets of one PID, which the counter hides',
      damaged((p, at) => dropVideo(p, { at, count: 16 })),
      (r) => [r.sequence.lost, r.continuity.errorsByPid[0x100] ?? 0],
      [16, 0],
    ],
    [
      'a packet three times',
      damaged((p, at) => p.splice(at, 0, p[at]!, p[at]!)),
      (r) => [r.sequence.repeated, r.continuity.duplicates, r.continuity.errors],
      [2, 1, 1],
    ],
    [
      'two packets swapped',
      damaged((p, at) => p.splice(at, 2, p[at + 1]!, p[at]!)),
      (r) => [r.sequence.outOfOrder, r.sequence.lost, r.continuity.errors > 0],
      [1, 0, true],
    ],
    [
      'one byte too many',
      damaged((p, at) => p.splice(at, 0, Buffer.from([0]))),
      (r) => [r.misalignedBytes, r.syncLosses, r.sequence.lost],
      [1, 1, 0],
    ],
    [
      'one byte too few',
      damaged((p, at) => p.splice(at, 1, p[at]!.subarray(1))),
      (r) => [r.misalignedBytes, r.sequence.lost],
      [187, 1],
    ],
    [
      'a flipped bit in the media',
      damaged((p, at) => flipBit(p[at]!, 60)),
      (r) => [r.sequence.damaged, r.sequence.lost],
      [1, 1],
    ],
    ['a flipped bit in the number', damaged((p, at) => flipBit(p[at]!, 150)), (r) => r.sequence.damaged, 1],
    ['a flipped bit in a PAT', damaged((p) => flipBit(p[lastOf(p, 0)]!, 15)), (r) => r.tables.crcErrors, 1],
    ['a flipped bit in a PMT', damaged((p) => flipBit(p[lastOf(p, 0x1000)]!, 20)), (r) => r.tables.crcErrors, 1],
    ['a packet marked as broken', damaged((p, at) => flipBit(p[at]!, 1, 7)), (r) => r.transportErrors, 1],
    ['a scrambled packet', damaged((p, at) => flipBit(p[at]!, 3, 7)), (r) => r.scrambledPackets, 1],
    ['a partial packet at the end', made().subarray(0, -100), (r) => r.trailingBytes, 88],
    [
      'a start without tables',
      made().subarray(2 * PACKET_BYTES),
      (r) => [r.start.hasTablesFirst, r.tables.firstPatPacket! > 0],
      [false, true],
    ],
    [
      'a start in mid-frame',
      Buffer.concat([createTransportStreamMaker().tables(), made().subarray(50 * PACKET_BYTES)]),
      (r) => [r.start.hasTablesFirst, r.start.mediaPacketsBeforeKeyFrame > 100],
      [true, true],
    ],
    [
      'no tables at all',
      createTransportStreamMaker({ tablesEveryMs: 0 }).next(1_000),
      (r) => [r.tables.firstPatPacket, r.tables.firstPmtPacket, r.keyFrames],
      [undefined, undefined, 0],
    ],
    [
      'rare tables',
      createTransportStreamMaker({ tablesEveryMs: 900 }).next(3_000),
      (r) => r.tables.longestPatIntervalMs > 700,
      true,
    ],
    ['no clock', createTransportStreamMaker({ pcrEveryMs: 0 }).next(1_000), (r) => r.clocks.pcrs, 0],
  ]
  test.each(cases)('%s', (_, bytes, pick, expected) => {
    const report = check(bytes)
    expect(pick(report)).toEqual(expected)
  })

  test.each(cases)('%s is a problem, in words', (_, bytes) => {
    expect(check(bytes).problems).not.toEqual([])
  })
})

describe('clocks', () => {
  const twoParts = (startTicks: number) => {
    const first = createTransportStreamMaker({ startTicks: 900_000 })
    const second = createTransportStreamMaker({ startTicks, firstSequence: () => 100_000 })
    return check(Buffer.concat([first.next(2_000), second.next(2_000)])).clocks
  }
  const cases: Array<[string, number, Partial<CheckerReport['clocks']>]> = [
    ['goes on', 900_000 + 180_000, { pcrBackward: 0, pcrJumps: 0, stampBackward: 0, stampJumps: 0, stampsOffClock: 0 }],
    ['steps back', 900_000, { pcrBackward: 1, pcrJumps: 0, stampBackward: 2 }],
    ['jumps forward by an hour', 900_000 + 3_600 * 90_000, { pcrBackward: 0, pcrJumps: 1, stampJumps: 2 }],
    ['jumps to 0', 0, { pcrBackward: 1, stampBackward: 2 }],
  ]
  test.each(cases)('a second part whose clock %s', (_, startTicks, expected) => {
    expect(twoParts(startTicks)).toMatchObject(expected)
  })

  test.each([
    ['of media that came as late as they say is no jump', { lateMs: 1_900, firstSequence: 100_000 }, 0],
    ['of media that came at once is a jump', { lateMs: 0, firstSequence: 100_000 }, 1],
    ['where no media is missing is a jump', { lateMs: 1_900, firstSequence: 0 }, 1],
  ])('a gap in all clocks %s', (_, { lateMs, firstSequence }, jumps) => {
    const checker = createTransportStreamChecker()
    const before = createTransportStreamMaker({ startTicks: 900_000, streamId: 'one' })
    const streamId = firstSequence === 0 ? 'another' : 'one'
    const behind = createTransportStreamMaker({
      startTicks: 900_000 + 3 * 90_000,
      streamId,
      firstSequence: () => firstSequence,
    })
    checker.push(before.next(1_000), 0)
    checker.push(behind.next(1_000), lateMs)
    const { clocks, tables } = checker.report()
    expect(clocks).toMatchObject({ pcrJumps: jumps, stampJumps: 2 * jumps })
    expect(tables.longestPatIntervalMs > 500).toBe(jumps > 0)
  })

  test('timestamps that were moved without the PCR', () => {
    const packets = packetsOf(made())
    for (const packet of packets)
      if (packet[5]! & 0x10 && packet[3]! & 0x20) packet.writeUInt32BE(packet.readUInt32BE(6) + 45_000 * 60, 6)
    expect(check(Buffer.concat(packets)).clocks.stampsOffClock).toBeGreaterThan(0)
  })
})

describe('sources', () => {
  const one = createTransportStreamMaker({ sourceId: 's1', streamId: '11' })
  const other = createTransportStreamMaker({ sourceId: 's2', streamId: '22', startTicks: 900_000 + 90_000 })

  test('lists a switch with its place, and whether it is at a key frame', () => {
    const before = one.next(1_000)
    const report = check(Buffer.concat([before, other.next(1_000), one.next(500)]))
    expect(report.sequence.switches).toMatchObject([
      { from: { sourceId: 's1' }, to: { sourceId: 's2', streamId: '22' }, startsAtKeyFrame: true },
      { from: { sourceId: 's2' }, to: { sourceId: 's1' } },
    ])
    // Two packets of tables stand before the first media of the other source.
    expect(report.sequence.switches[0]!.byteOffset).toBe(before.length + 2 * PACKET_BYTES)
    expect(report.sequence.streams.map((stream) => stream.sourceId)).toEqual(['s1', 's1', 's2', 's2'])
    expect(report.sequence.lost).toBe(0)
  })

  test('a gap says whether the stream resumes at a key frame', () => {
    const maker = createTransportStreamMaker()
    const [first, , third] = [maker.next(1_000), maker.next(1_000), maker.next(1_000)]
    const atKeyFrame = check(Buffer.concat([first!, third!])).sequence
    expect(atKeyFrame.gaps).toMatchObject([{ resumesAtJoinPoint: true }, { resumesAtJoinPoint: true }])
    expect(atKeyFrame.lost).toBe(atKeyFrame.gaps.reduce((sum, gap) => sum + gap.packets, 0))
    const inMidFrame = check(Buffer.concat([first!, third!.subarray(40 * PACKET_BYTES)])).sequence
    expect(inMidFrame.gaps).toContainEqual(expect.objectContaining({ pid: 0x100, resumesAtJoinPoint: false }))
  })
})

test('arrival: the longest gap counts media only, latency is from creation to arrival', () => {
  let nowNs = 0n
  const maker = createTransportStreamMaker()
  const checker = createTransportStreamChecker({ clockNs: () => nowNs })
  const { packet: nullPacket } = startPacket({ pid: NULL_PID, isUnitStart: false, continuity: 0 })
  nowNs = 250_000_000n
  checker.push(maker.next(200), 1_000)
  checker.push(nullPacket, 1_500)
  checker.push(maker.next(40), 2_000)
  const { arrival } = checker.report()
  expect(arrival).toMatchObject({
    firstMediaAtMs: 1_000,
    lastMediaAtMs: 2_000,
    longestGap: { durationMs: 1_000, endedAtMs: 2_000 },
  })
  expect(arrival.latencyMs!.max).toBe(250)
})

test('the marks survive new counters and timestamps', () => {
  const packets = packetsOf(made())
  for (const packet of packets) {
    packet[3]! ^= 0x05
    const { pes, pcrTicks, payloadStart } = viewPacket(packet)
    if (pcrTicks !== undefined) packet[9]! ^= 0x10
    if (pes?.ptsTicks !== undefined) packet[payloadStart + 13]! ^= 0x20
  }
  expect(check(Buffer.concat(packets)).sequence).toMatchObject({ damaged: 0, lost: 0, unmarked: 0 })
})

test('the report does not depend on chunk sizes', () => {
  const bytes = damaged((packets, at) => packets.splice(at, 1, packets[at]!.subarray(3)))
  const whole = check(bytes)
  for (const size of [1, 100, 187, 189, 1_000]) {
    const checker = createTransportStreamChecker()
    for (let at = 0; at < bytes.length; at += size) checker.push(bytes.subarray(at, at + size), 0)
    expect({ ...checker.report({ isComplete: true }), arrival: {} }).toEqual({ ...whole, arrival: {} })
  }
})

test('no input makes it throw', () => {
  let state = 1
  const noise = Buffer.alloc(400_000).map(() => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state >> 16
  })
  for (let at = 0; at < noise.length; at += PACKET_BYTES) if (state++ % 3 > 0) noise[at] = 0x47
  const report = check(Buffer.from(noise))
  expect(report.bytes).toBe(noise.length)
  expect(report.problems.length).toBeGreaterThan(0)
})

function dropVideo(packets: Buffer[], from: { readonly at: number; readonly count: number }): void {
  let left = from.count
  for (let at = from.at; left > 0; at++) {
    if (!isMidFrame(packets[at]!)) continue
    packets.splice(at--, 1)
    left--
  }
}

function flipBit(packet: Buffer, at: number, bit = 0): void {
  packet[at]! ^= 1 << bit
}

function lastOf(packets: Buffer[], pid: number): number {
  return packets.findLastIndex((packet) => (packet.readUInt16BE(1) & 0x1fff) === pid)
}
