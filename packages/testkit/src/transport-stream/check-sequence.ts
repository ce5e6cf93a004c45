import type { PacketMark } from './packet-mark.ts'

/**
 * The received packets of one PID of one source's stream. Each PID is numbered separately: how PIDs
 * are interleaved is no fault.
 */
export type StreamCount = {
  readonly sourceId: string
  readonly streamId: string
  /** As it is in the output. */
  readonly pid: number
  packets: number
  readonly firstSequence: number
  lastSequence: number
  /** Numbers left out between the first and the last, late ones taken off. */
  lost: number
  repeated: number
  outOfOrder: number
}

/** A hole in the numbers of one PID of one source's stream. */
export type SequenceGap = {
  readonly sourceId: string
  readonly streamId: string
  readonly pid: number
  readonly fromSequence: number
  readonly packets: number
  /** Where in the output, counted in packets from 0. */
  readonly packet: number
  /**
   * Whether the PID continues where a player can: video at the start of a key frame, audio at the
   * start of a frame.
   */
  readonly resumesAtJoinPoint: boolean
}

export type SourceSwitch = {
  readonly from: { readonly sourceId: string; readonly streamId: string }
  readonly to: { readonly sourceId: string; readonly streamId: string }
  readonly packet: number
  readonly byteOffset: number
  readonly atMs: number
  readonly startsAtKeyFrame: boolean
}

type MarkedPacket = {
  readonly mark: PacketMark
  readonly packet: number
  readonly byteOffset: number
  readonly atMs: number
  readonly pid: number
  readonly isKeyFrameStart: boolean
  /**
   * A place where this PID can be entered: as `isKeyFrameStart`, and for audio the start of a
   * frame.
   */
  readonly isEntry: boolean
}

const REMEMBERED_MISSING = 200_000

/**
 * Counts loss, repeats and order by the numbers in the packets, for each PID of each source's
 * stream apart.
 */
export class SequenceCheck {
  readonly switches: SourceSwitch[] = []
  readonly gaps: SequenceGap[] = []
  #streams = new Map<string, StreamCount & { readonly missing: Set<number> }>()
  #current: StreamCount | undefined

  get streams(): StreamCount[] {
    return [...this.#streams.values()].map(({ missing, ...count }) => count)
  }

  /** Answers whether numbers were left out right before this one. */
  push(marked: MarkedPacket): boolean {
    const { sourceId, streamId, sequence } = marked.mark
    const { pid } = marked
    const key = `${sourceId}/${streamId}/${pid}`
    const known = this.#streams.get(key)
    if (known === undefined) {
      const numbers = {
        packets: 1,
        firstSequence: sequence,
        lastSequence: sequence,
        lost: 0,
        repeated: 0,
        outOfOrder: 0,
      }
      const count = { sourceId, streamId, pid, ...numbers, missing: new Set<number>() }
      this.#streams.set(key, count)
      this.#enter(count, marked)
      return false
    }
    this.#enter(known, marked)
    known.packets++
    if (sequence > known.lastSequence) return this.#goOn(known, marked)
    if (known.missing.delete(sequence)) {
      known.outOfOrder++
      known.lost--
    } else if (sequence < known.firstSequence) known.outOfOrder++
    else known.repeated++
    return false
  }

  #goOn(stream: StreamCount & { readonly missing: Set<number> }, marked: MarkedPacket): boolean {
    const { sequence } = marked.mark
    const left = sequence - stream.lastSequence - 1
    if (left > 0) {
      const { sourceId, streamId, pid } = stream
      const fromSequence = stream.lastSequence + 1
      const place = { packet: marked.packet, resumesAtJoinPoint: marked.isEntry }
      this.gaps.push({ sourceId, streamId, pid, fromSequence, packets: left, ...place })
      stream.lost += left
      const remembered = Math.min(left, REMEMBERED_MISSING - stream.missing.size)
      for (let offset = 0; offset < remembered; offset++) stream.missing.add(sequence - 1 - offset)
    }
    stream.lastSequence = sequence
    return left > 0
  }

  #enter(stream: StreamCount, marked: MarkedPacket): void {
    const from = this.#current
    this.#current = stream
    if (from === undefined || (from.sourceId === stream.sourceId && from.streamId === stream.streamId)) return
    this.switches.push({
      from: { sourceId: from.sourceId, streamId: from.streamId },
      to: { sourceId: stream.sourceId, streamId: stream.streamId },
      packet: marked.packet,
      byteOffset: marked.byteOffset,
      atMs: marked.atMs,
      startsAtKeyFrame: marked.isKeyFrameStart,
    })
  }
}
