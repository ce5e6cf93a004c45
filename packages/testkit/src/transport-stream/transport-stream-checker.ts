import { ArrivalCheck } from './check-arrival.ts'
import { ClockCheck } from './check-clocks.ts'
import { ContinuityCheck } from './check-continuity.ts'
import { SequenceCheck } from './check-sequence.ts'
import { TableCheck } from './check-tables.ts'
import { type CheckerReport, type Place, problemsOf } from './checker-report.ts'
import { isVideo, startsKeyFrame } from './key-frames.ts'
import { readMark } from './packet-mark.ts'
import { PacketSync } from './packet-sync.ts'
import { type PacketView, ticksBetween, viewPacket } from './packet-view.ts'
import { NULL_PID, PACKET_BYTES } from './packet-writer.ts'

export type TransportStreamCheckerOptions = {
  /** Gaps without media longer than this are listed. Default 200. */
  readonly gapThresholdMs?: number
  /**
   * CLOCK_MONOTONIC now, for latency; needs a maker on the same machine that used `process.hrtime`.
   */
  readonly clockNs?: () => bigint
}

type TransportStreamChecker = {
  /**
   * Takes any piece of the output.
   * @param atMs when it came, by any clock that only goes forward; default `performance.now()`.
   */
  push(bytes: Uint8Array, atMs?: number): void
  /**
   * What has been seen so far; may be asked at any time.
   * @param options `isComplete`: nothing more will come, so that a partial packet at the end is a
   * problem.
   */
  report(options?: { readonly isComplete?: boolean }): CheckerReport
}

/**
 * Judges a transport stream without sharing code with the product: form by ISO/IEC 13818-1 and TR
 * 101 290, content by the numbers that our maker puts into every media packet.
 */
export function createTransportStreamChecker(options: TransportStreamCheckerOptions = {}): TransportStreamChecker {
  return new Checker(options)
}

class Checker implements TransportStreamChecker {
  readonly #clockNs: (() => bigint) | undefined
  readonly #sync = new PacketSync()
  readonly #continuity = new ContinuityCheck()
  readonly #tables = new TableCheck()
  readonly #clocks = new ClockCheck()
  readonly #sequence = new SequenceCheck()
  readonly #arrival: ArrivalCheck
  readonly #packetsByPid: Record<number, number> = {}
  readonly #tableClock: Record<'pat' | 'pmt', { lastTicks?: number; longestMs: number }> = {
    pat: { longestMs: 0 },
    pmt: { longestMs: 0 },
  }
  #bytes = 0
  #packets = 0
  #media = 0
  #errors = 0
  #scrambled = 0
  #damaged = 0
  #unmarked = 0
  #keyFrames = 0
  #mediaBeforeKeyFrame = 0
  #firstMedia: Place | undefined
  #firstKeyFrame: Place | undefined
  #atMs = 0

  constructor(options: TransportStreamCheckerOptions) {
    this.#clockNs = options.clockNs
    this.#arrival = new ArrivalCheck(options.gapThresholdMs ?? 200)
  }

  push(bytes: Uint8Array, atMs = performance.now()): void {
    this.#atMs = atMs
    this.#bytes += bytes.length
    const mediaBefore = this.#media
    this.#sync.push(bytes, (packet) => this.#pushPacket(viewPacket(packet)))
    if (this.#media > mediaBefore) this.#arrival.pushMedia(atMs, this.#packets - 1)
  }

  #pushPacket(view: PacketView): void {
    const packet = this.#packets++
    this.#packetsByPid[view.pid] = (this.#packetsByPid[view.pid] ?? 0) + 1
    if (view.hasTransportError) this.#errors++
    if (view.pid === NULL_PID) return
    if (view.isScrambled) this.#scrambled++
    this.#continuity.push(view, packet)
    const table = this.#tables.push(view, packet)
    const stream = this.#tables.program?.streams.find((one) => one.pid === view.pid)
    const isMedia = view.hasPayload && table === undefined && (stream !== undefined || carriesMedia(view, this.#tables))
    const isBehindLoss = isMedia && this.#pushMedia(view, { packet, streamType: stream?.streamType })
    const place = { packet, pcrPid: this.#tables.program?.pcrPid, atMs: this.#atMs }
    this.#clocks.push(view, { ...place, isMedia, isBehindLoss })
    if (table !== undefined) this.#noteTable(table)
  }

  /** Answers whether media of the same stream is missing right before it. */
  #pushMedia(view: PacketView, context: { readonly packet: number; readonly streamType: number | undefined }): boolean {
    const { packet, streamType } = context
    const place = { packet, byteOffset: packet * PACKET_BYTES + this.#sync.misalignedBytes }
    this.#media++
    this.#firstMedia ??= place
    const isKeyFrameStart = streamType !== undefined && startsKeyFrame(view, streamType)
    if (isKeyFrameStart) {
      this.#keyFrames++
      this.#firstKeyFrame ??= place
    }
    if (this.#firstKeyFrame === undefined) this.#mediaBeforeKeyFrame++

    const mark = readMark(view.bytes, view.pes?.elementaryStart ?? view.payloadStart)
    if (mark === undefined) this.#unmarked++
    else if (mark === 'damaged') this.#damaged++
    else {
      if (this.#clockNs) this.#arrival.pushLatency(Number(this.#clockNs() - mark.madeAtNs) / 1e6)
      return this.#sequence.push({
        mark,
        ...place,
        atMs: this.#atMs,
        pid: view.pid,
        isKeyFrameStart: isKeyFrameStart || (this.#isRadio() && view.pes !== undefined),
        isEntry: isKeyFrameStart || (view.pes !== undefined && !this.#isVideo(view.pid)),
      })
    }
    return false
  }

  /** Radio may be entered at any audio frame. */
  #isRadio(): boolean {
    const { program } = this.#tables
    return program !== undefined && !program.streams.some(isVideo)
  }

  #isVideo(pid: number): boolean {
    return this.#tables.program?.streams.some((stream) => stream.pid === pid && isVideo(stream)) ?? true
  }

  #noteTable(table: 'pat' | 'pmt'): void {
    const ticks = this.#clocks.playedTicks
    if (ticks === undefined) return
    const clock = this.#tableClock[table]
    const intervalMs = clock.lastTicks === undefined ? 0 : ticksBetween(clock.lastTicks, ticks) / 90
    clock.longestMs = Math.max(clock.longestMs, intervalMs)
    clock.lastTicks = ticks
  }

  report({ isComplete = false } = {}): CheckerReport {
    const tables = this.#tables
    const streams = this.#sequence.streams
    const sum = (field: 'lost' | 'repeated' | 'outOfOrder') => streams.reduce((total, one) => total + one[field], 0)
    const hasVideo = tables.program?.streams.some(isVideo) ?? true
    const { firstPatPacket, firstPmtPacket, crcErrors, program, programChanges } = tables
    const tablesEnd = firstPmtPacket === undefined ? undefined : (firstPmtPacket + 1) * PACKET_BYTES
    const { errorsByPid, duplicates, firstErrors } = this.#continuity
    const report: Omit<CheckerReport, 'problems'> = {
      bytes: this.#bytes,
      packets: this.#packets,
      nullPackets: this.#packetsByPid[NULL_PID] ?? 0,
      mediaPackets: this.#media,
      packetsByPid: { ...this.#packetsByPid },
      misalignedBytes: this.#sync.misalignedBytes,
      syncLosses: this.#sync.syncLosses,
      trailingBytes: this.#sync.trailingBytes,
      transportErrors: this.#errors,
      scrambledPackets: this.#scrambled,
      continuity: {
        errors: Object.values(errorsByPid).reduce((total, count) => total + count, 0),
        errorsByPid: { ...errorsByPid },
        duplicates,
        firstErrors: [...firstErrors],
      },
      tables: {
        firstPatPacket,
        firstPmtPacket,
        crcErrors,
        program,
        programChanges,
        longestPatIntervalMs: this.#tableClock.pat.longestMs,
        longestPmtIntervalMs: this.#tableClock.pmt.longestMs,
        patVersions: [...tables.patVersions],
        pmtVersions: [...tables.pmtVersions],
      },
      start: {
        hasTablesFirst: firstPatPacket === 0 && firstPmtPacket === 1,
        firstMedia: this.#firstMedia,
        firstKeyFrame: this.#firstKeyFrame,
        mediaPacketsBeforeKeyFrame: hasVideo ? this.#mediaBeforeKeyFrame : 0,
        bytesFromTablesToKeyFrame:
          this.#firstKeyFrame && tablesEnd !== undefined ? this.#firstKeyFrame.byteOffset - tablesEnd : undefined,
      },
      keyFrames: this.#keyFrames,
      clocks: {
        ...this.#clocks.counts,
        longestPcrIntervalMs: this.#clocks.longestPcrIntervalMs,
        firstFaults: [...this.#clocks.firstFaults],
      },
      sequence: {
        lost: sum('lost'),
        repeated: sum('repeated'),
        outOfOrder: sum('outOfOrder'),
        streams,
        gaps: [...this.#sequence.gaps],
        switches: [...this.#sequence.switches],
        damaged: this.#damaged,
        unmarked: this.#unmarked,
      },
      arrival: {
        firstMediaAtMs: this.#arrival.firstMediaAtMs,
        lastMediaAtMs: this.#arrival.lastMediaAtMs,
        longestGap: this.#arrival.longestGap,
        gaps: [...this.#arrival.gaps],
        latencyMs: this.#arrival.latencyMs(),
      },
    }
    return { ...report, problems: problemsOf(report, isComplete) }
  }
}

/** Before the PMT is known, media is what starts a PES packet or carries our mark. */
function carriesMedia(view: PacketView, tables: TableCheck): boolean {
  if (view.pid < 0x20 || view.pid === tables.program?.pmtPid || tables.program !== undefined) return false
  return view.pes !== undefined || readMark(view.bytes, view.payloadStart) !== undefined
}
