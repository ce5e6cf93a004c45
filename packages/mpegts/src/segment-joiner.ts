/** Segments of one stream, each perhaps made by a machine that restarts its counters. */
import type { Buffer } from 'node:buffer'
import { continuityOf, hasPayload, NULL_PID, PACKET_BYTES, pidOf, setContinuity } from './packet.ts'

type SegmentJoiner = {
  /** The next packets are those of another segment. */
  startSegment(): void
  /**
   * Whole packets; their counters are rewritten in place, so that those of a segment continue where
   * the one before ended.
   */
  push(packets: Buffer): void
}

/**
 * Continuity counters (ISO/IEC 13818-1 section 2.4.3.3) over segments that are known to be whole
 * and in order. Within a segment losses stay visible. Constant memory, never throws.
 */
export function createSegmentJoiner(): SegmentJoiner {
  const last = new Map<number, number>()
  let shifts = new Map<number, number>()

  function shiftFor(pid: number, counter: number, counts: boolean): number {
    const previous = last.get(pid)
    const shift = previous === undefined ? 0 : previous + (counts ? 1 : 0) - counter
    shifts.set(pid, shift)
    return shift
  }

  return {
    startSegment() {
      shifts = new Map()
    },

    push(packets) {
      for (let offset = 0; offset + PACKET_BYTES <= packets.length; offset += PACKET_BYTES) {
        const pid = pidOf(packets, offset)
        if (pid === NULL_PID) continue
        const counter = continuityOf(packets, offset)
        const shift = shifts.get(pid) ?? shiftFor(pid, counter, hasPayload(packets, offset))
        const moved = (counter + shift) & 15
        setContinuity(packets, offset, moved)
        last.set(pid, moved)
      }
    },
  }
}
