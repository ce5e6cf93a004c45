import { expect, test } from '@jest/globals'
import { createSegmentJoiner } from './segment-joiner.ts'

/** One packet; a fourth byte of 0x20 has no payload, of 0x10 has one. */
function packet(pid: number, counter: number, control = 0x10): Buffer {
  const bytes = Buffer.alloc(188)
  bytes.writeUInt32BE(0x47000000 | (pid << 8) | control | counter)
  return bytes
}

const counters = (packets: Buffer): number[] =>
  Array.from({ length: packets.length / 188 }, (_, at) => packets[at * 188 + 3]! & 15)

test('each segment continues the counters of the previous one, stream by stream; losses inside it stay', () => {
  const joiner = createSegmentJoiner()
  const push = (...packets: Buffer[]): number[] => {
    const all = Buffer.concat(packets)
    joiner.push(all)
    return counters(all)
  }
  expect(push(packet(1, 14), packet(1, 15), packet(2, 3))).toEqual([14, 15, 3])
  joiner.startSegment()
  expect(push(packet(1, 0), packet(1, 1), packet(1, 4), packet(2, 0))).toEqual([0, 1, 4, 4])
  joiner.startSegment()
  expect(push(packet(1, 9, 0x20), packet(1, 10), packet(2, 5), packet(3, 7))).toEqual([4, 5, 5, 7])
  expect(push(packet(1, 11))).toEqual([6])
})

test('stuffing stays as it is', () => {
  const joiner = createSegmentJoiner()
  const stuffing = packet(0x1fff, 5)
  joiner.push(stuffing)
  joiner.startSegment()
  joiner.push(stuffing)
  expect(counters(stuffing)).toEqual([5])
})
