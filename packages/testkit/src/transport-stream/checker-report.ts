import type { ArrivalGap } from './check-arrival.ts'
import type { ClockFault } from './check-clocks.ts'
import type { ContinuityError } from './check-continuity.ts'
import type { SequenceGap, SourceSwitch, StreamCount } from './check-sequence.ts'
import type { ProgramSeen } from './check-tables.ts'

/** A place in the output: number of the packet and of its first byte, both from 0. */
export type Place = { readonly packet: number; readonly byteOffset: number }

export type CheckerReport = {
  readonly bytes: number
  readonly packets: number
  readonly nullPackets: number
  readonly mediaPackets: number
  readonly packetsByPid: Record<number, number>
  /** Bytes that belong to no packet. */
  readonly misalignedBytes: number
  readonly syncLosses: number
  /** Bytes of a last packet that is not whole. */
  readonly trailingBytes: number
  readonly transportErrors: number
  readonly scrambledPackets: number
  readonly continuity: {
    readonly errors: number
    readonly errorsByPid: Record<number, number>
    readonly duplicates: number
    readonly firstErrors: ContinuityError[]
  }
  readonly tables: {
    readonly firstPatPacket: number | undefined
    readonly firstPmtPacket: number | undefined
    readonly crcErrors: number
    /** Longest distance by the stream's own clock. */
    readonly longestPatIntervalMs: number
    readonly longestPmtIntervalMs: number
    readonly patVersions: number[]
    readonly pmtVersions: number[]
    readonly program: ProgramSeen | undefined
    readonly programChanges: number
  }
  /** How the output begins for a player. */
  readonly start: {
    /** Packet 0 is a PAT and packet 1 completes a PMT. */
    readonly hasTablesFirst: boolean
    readonly firstMedia: Place | undefined
    readonly firstKeyFrame: Place | undefined
    /** Media packets, audio too, before the first key frame; 0 is right. */
    readonly mediaPacketsBeforeKeyFrame: number
    /** From the end of the first PMT to the start of the first key frame. */
    readonly bytesFromTablesToKeyFrame: number | undefined
  }
  readonly keyFrames: number
  readonly clocks: {
    /** Packets with a PCR. */
    readonly pcrs: number
    readonly pcrBackward: number
    readonly pcrJumps: number
    readonly stampBackward: number
    readonly stampJumps: number
    /** PTS or DTS that do not fit the PCR, or PTS before DTS. */
    readonly stampsOffClock: number
    readonly longestPcrIntervalMs: number
    readonly firstFaults: ClockFault[]
  }
  readonly sequence: {
    /** Sums over all streams. */
    readonly lost: number
    readonly repeated: number
    readonly outOfOrder: number
    readonly streams: StreamCount[]
    readonly gaps: SequenceGap[]
    readonly switches: SourceSwitch[]
    /** Media packets with a broken checksum. */
    readonly damaged: number
    /** Media packets not of our maker. */
    readonly unmarked: number
  }
  readonly arrival: {
    readonly firstMediaAtMs: number | undefined
    readonly lastMediaAtMs: number | undefined
    readonly longestGap: ArrivalGap | undefined
    readonly gaps: ArrivalGap[]
    readonly latencyMs: { readonly p50: number; readonly p95: number; readonly max: number } | undefined
  }
  /**
   * One sentence for each thing that a flawless stream must not have; loss and switches of source
   * are no flaw of form.
   */
  readonly problems: string[]
}

/** The sentences of {@link CheckerReport.problems}. Table intervals: TR 101 290, 1.3 and 1.5. */
export function problemsOf(report: Omit<CheckerReport, 'problems'>, isComplete: boolean): string[] {
  const { continuity, tables, start, clocks, sequence } = report
  const hasVideo = report.keyFrames > 0 || start.mediaPacketsBeforeKeyFrame > 0
  const faults: Array<[number | boolean, string]> = [
    [report.packets === 0, 'no packet at all'],
    [report.misalignedBytes, 'bytes outside of packets'],
    [isComplete && report.trailingBytes, 'bytes of a partial packet at the end'],
    [report.transportErrors, 'packets with transport_error_indicator'],
    [report.scrambledPackets, 'scrambled packets'],
    [continuity.errors, 'continuity errors'],
    [tables.crcErrors, 'PAT or PMT sections with a wrong CRC'],
    [tables.longestPatIntervalMs > 500, `PAT only after ${tables.longestPatIntervalMs} ms`],
    [tables.longestPmtIntervalMs > 500, `PMT only after ${tables.longestPmtIntervalMs} ms`],
    [tables.programChanges, 'changes of the program in mid-stream'],
    [report.packets > 0 && !start.hasTablesFirst, 'the stream does not start with PAT and PMT'],
    [hasVideo && start.mediaPacketsBeforeKeyFrame, 'media packets before the first key frame'],
    [report.mediaPackets > 0 && clocks.pcrs === 0, 'the stream has no clock'],
    [clocks.pcrBackward, 'backward steps of PCR'],
    [clocks.pcrJumps, 'jumps of PCR'],
    [clocks.stampBackward, 'backward steps of PTS or DTS'],
    [clocks.stampJumps, 'jumps of PTS or DTS'],
    [clocks.stampsOffClock, 'PTS or DTS that do not fit the PCR'],
    [sequence.damaged, 'media packets with damaged content'],
    [sequence.repeated, 'media packets sent twice'],
    [sequence.outOfOrder, 'media packets out of order'],
    [
      sequence.gaps.filter((gap) => !gap.resumesAtJoinPoint).length,
      'gaps after which it does not continue where a player can',
    ],
    [sequence.switches.filter((one) => !one.startsAtKeyFrame).length, 'switches of source not at a key frame'],
  ]
  return faults.flatMap(([amount, text]) => {
    if (amount === true) return [text]
    return amount === false || amount === 0 ? [] : [`${amount} ${text}`]
  })
}
