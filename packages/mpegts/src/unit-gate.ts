/**
 * Decides at the first packet of each unit (a frame, a packet of audio) whether the output
 * continues with it, and in what time.
 *
 * Invariant: a unit that is opened here has the timestamps of the output, and no unit of its
 * stream is later.
 */
import type { Buffer } from 'node:buffer'
import { BrokenLinkMarker } from './broken-link.ts'
import { DROP, type Fate, PASS, REPLAY } from './fate.ts'
import type { InputTrack } from './input-track.ts'
import type { AccessUnitKind } from './join-point.ts'
import { hasClockReference, hasDiscontinuity, PACKET_BYTES, payloadOffset } from './packet.ts'
import type { PieceWriter } from './piece-writer.ts'
import type { SpliceInput, SplicerParts } from './splice-input.ts'
import type { StreamWatch } from './stream-watch.ts'
import { type PesHeader, readPesHeader, TICKS_PER_SECOND, ticksBetween, writePesTimes } from './timestamps.ts'

/** After this much time without a key frame an input is played from anywhere. */
const MAX_WAIT_TICKS = 5 * TICKS_PER_SECOND
/** After this much time with only audio in its tables an input is treated as radio. */
const VIDEO_PATIENCE_TICKS = 3 * TICKS_PER_SECOND

/** The first packet of a unit. */
type UnitStart = {
  readonly track: InputTrack
  readonly header: PesHeader
  readonly kind: AccessUnitKind
  readonly piece: Buffer
  readonly at: number
  /** Its packets need a closer check than their counters. */
  readonly isWatched: boolean
}

type Times = Pick<PesHeader, 'pts' | 'dts'>

export class UnitGate {
  readonly #parts: SplicerParts
  readonly #pieces: PieceWriter
  readonly #input: SpliceInput
  #replay: Buffer[] = []

  constructor(parts: SplicerParts, pieces: PieceWriter, input: SpliceInput) {
    this.#parts = parts
    this.#pieces = pieces
    this.#input = input
  }

  /** @param kind of a unit of video; all others are `key` */
  start(track: InputTrack, piece: Buffer, at: number, kind: AccessUnitKind, watch: StreamWatch | undefined): Fate {
    if (track.isKept) this.#parts.slate?.endKeyFrame(track.stream)
    track.close()
    const header = readPesHeader(piece, payloadOffset(piece, at), at + PACKET_BYTES)
    if (header === undefined) return DROP
    watch?.takeUnit(piece, at, header)
    const unit: UnitStart = { track, header, kind, piece, at, isWatched: watch?.wantsMedia === true }
    if (track.isMain) return this.#startMain(unit)
    return this.#input.isRunning ? this.#startOther(unit) : DROP
  }

  /** The packets that come before the one whose fate was REPLAY. */
  takeReplay(): Buffer[] {
    return this.#replay.splice(0)
  }

  #startMain(unit: UnitStart): Fate {
    const { track, header, kind, piece, at } = unit
    const input = this.#input
    if (this.#parts.timeline.observeUnit(header, hasDiscontinuity(piece, at))) input.enter('broken')
    let isFirst = false
    if (!input.isRunning) {
      const fate = input.awaitsJoinPoint ? this.#join(unit) : DROP
      if (fate !== PASS) return fate
      isFirst = true
    } else if (track.awaitsRest) {
      track.awaitsRest = false
      if (this.#isLast(unit)) return openRest(track)
    } else if (track.awaitsKeyFrame) {
      if (kind !== 'key') return DROP
      track.awaitsKeyFrame = false
      input.leadingUntil = header.pts
      isFirst = true
    }
    if (!isFirst && input.leadingUntil !== undefined) {
      if (header.pts !== undefined && ticksBetween(input.leadingUntil, header.pts) < 0) return DROP
      input.leadingUntil = undefined
    }
    this.#openMain(unit, isFirst)
    return PASS
  }

  /** Whether the output continues with this unit; PASS if it does. */
  #join(unit: UnitStart): Fate {
    const { track, header, kind, piece, at } = unit
    const { timeline, backlog, writer } = this.#parts
    const time = header.dts ?? header.pts
    const verdict = time === undefined ? 'new' : timeline.meet(time)
    if (verdict === 'sent' && kind === 'key') backlog.clear()
    if (verdict === 'sent') return DROP
    if (verdict === 'last') return this.#goOn(unit)
    if (verdict === 'renewed') return this.#replayKept(() => true)
    if (track.stream.kind === 'audio' && !this.#mayBeRadio()) return DROP
    const canBegin = kind === 'key' && time !== undefined
    if (!canBegin && timeline.waitedTicks < MAX_WAIT_TICKS) return DROP
    this.#pieces.flush(at)
    timeline.begin(header, track.stream.kind)
    this.#input.enter('joined')
    writer.bridgeClock(track.stream, at, track.hasClock && hasClockReference(piece, at))
    for (const other of this.#input.tracks.values()) {
      other.cadence.interrupt()
      other.isContinuing = false
      other.awaitsRest = false
    }
    this.#input.leadingUntil = header.pts
    return PASS
  }

  /** Tables without video may be the first of several, or those of a radio. */
  #mayBeRadio(): boolean {
    const { output, timeline } = this.#parts
    if (this.#input.isRadio || output.isRadio) return true
    if (timeline.waitedTicks < VIDEO_PATIENCE_TICKS) return false
    if (output.video === undefined) return true
    this.#input.refuse(`output is ${output.video}, input has no video`)
    return false
  }

  /** The last unit that was sent has arrived again: the output continues after its last byte. */
  #goOn({ track, header }: UnitStart): Fate {
    this.#parts.timeline.resume(header, track.stream.kind)
    const { tracks } = this.#input
    for (const other of tracks.values()) {
      other.isContinuing = true
      other.awaitsRest = true
    }
    const fate = this.#replayKept((pid) => pid !== track.pid && tracks.has(pid))
    this.#input.enter('joined')
    return fate
  }

  #replayKept(isWanted: (pid: number) => boolean): Fate {
    this.#replay = this.#parts.backlog.take(isWanted)
    for (const track of this.#input.tracks.values()) track.forgetCounter()
    return REPLAY
  }

  #openMain(unit: UnitStart, isFirst: boolean): void {
    const { track, header, kind, piece, at } = unit
    const { timeline, writer, slate } = this.#parts
    const { stream } = track
    const isVideo = stream.kind === 'video'
    const areTablesDue = writer.areTablesDue(at)
    const isJoinPoint = kind === 'key' && (isVideo || areTablesDue)
    if (isJoinPoint || areTablesDue) writer.writeTables(at, isJoinPoint, isFirst)
    const isKept = isVideo && kind === 'key' && slate !== undefined
    const needsMark = isFirst && BrokenLinkMarker.isNeededFor(stream.codec)
    open(unit, timeline.moveMain(header), !isKept && !needsMark)
    track.marker = needsMark ? new BrokenLinkMarker() : undefined
    track.isKept = isKept
    if (isKept) slate.startKeyFrame()
    if (!isVideo) slate?.keepAudio(stream, piece, at, header)
  }

  /**
   * Audio and the rest: units in order only; a unit that would step back was sent already, or does
   * not belong here.
   */
  #startOther(unit: UnitStart): Fate {
    const { track, header, piece, at } = unit
    const { timeline, writer, slate } = this.#parts
    const { stream } = track
    const inputTime = header.dts ?? header.pts
    if (inputTime !== undefined && timeline.isStray(inputTime)) return DROP
    if (track.awaitsRest && this.#isLast(unit)) {
      track.awaitsRest = false
      return openRest(track)
    }
    const moved = timeline.move(header)
    const time = moved.dts ?? moved.pts
    const isLate = time !== undefined && stream.kind === 'audio' && timeline.isPassed(time)
    if (isLate || (time !== undefined && ticksSince(track, time) < 0)) return DROP
    if (writer.areTablesDue(at)) writer.writeTables(at, false)
    if (time !== undefined) {
      track.cadence.observe(time)
      track.isContinuing = true
      track.awaitsRest = false
      stream.unitTicks = track.cadence.longestTicks
    }
    open(unit, moved, true)
    if (stream.kind === 'audio') slate?.keepAudio(stream, piece, at, header)
    return PASS
  }

  /** The unit of which the output has the start, or all. */
  #isLast({ track, header }: UnitStart): boolean {
    const { dts, pts } = this.#parts.timeline.move(header)
    return track.stream.time !== undefined && (dts ?? pts) === track.stream.time
  }
}

function open({ track, header, piece, at, isWatched }: UnitStart, moved: Times, isPlain: boolean): void {
  const { stream } = track
  const start = payloadOffset(piece, at)
  if (moved.pts !== header.pts || moved.dts !== header.dts) writePesTimes(piece, start, moved)
  stream.time = moved.dts ?? moved.pts ?? stream.time
  // Bytes behind the PES header count; those of this packet are added when it is passed.
  stream.unitBytes = Math.min(0, start - header.payloadAt)
  track.open(isPlain && !isWatched)
}

/** The unit has come again of which the output has the start: only the rest of it is passed. */
function openRest(track: InputTrack): Fate {
  track.open(false)
  // Less than 0 while its PES header was not sent as a whole.
  track.skipBytes = Math.max(0, track.stream.unitBytes)
  return PASS
}

/**
 * Distance to the earliest time at which the stream may continue: after its last unit, whole if it
 * was of another input.
 */
function ticksSince({ stream, isContinuing }: InputTrack, time: number): number {
  if (stream.time === undefined) return 0
  const step = ticksBetween(stream.time, time)
  if (stream.kind !== 'audio') return step
  return isContinuing ? step - 1 : step - stream.unitTicks
}
