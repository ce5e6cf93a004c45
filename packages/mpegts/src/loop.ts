/** An endless stream from one clip, for a demo provider and for slates. */
import { Buffer } from 'node:buffer'
import {
  clearDiscontinuity,
  hasClockReference,
  hasPayload,
  PACKET_BYTES,
  payloadOffset,
  pidOf,
  readClockReference,
  setContinuity,
  startsUnit,
  writeClockReference,
} from './packet.ts'
import { readPesHeader, TICKS_PER_SECOND, ticksBetween, wrapTicks, writePesTimes } from './timestamps.ts'

const MAX_PIECE_TICKS = TICKS_PER_SECOND / 10

type LoopOptions = {
  /** How much later each loop is than the one before: the exact duration of the clip. */
  readonly durationTicks: number
  /**
   * The first piece is the one that is due at this time of the endless stream; 0 is the start of
   * the clip.
   */
  readonly startTicks?: number
}

/**
 * Packets of 100 ms at most (if the clip has clock references that often), due `atTicks` after time
 * 0.
 */
export type LoopPiece = { readonly packets: Buffer; readonly atTicks: number }

type Loop = { next(): LoopPiece }

/**
 * Repeats `clip` for ever. Counters, PCR, PTS and DTS run on from round to round, through the wrap
 * of 33 bits too. The clip must hold whole packets, begin with its tables and a key frame, and be
 * as long as `durationTicks` says. `atTicks` only grows and does not wrap: a caller sends a piece
 * when that much time has passed since its own start.
 */
export function createLoop(clip: Buffer, options: LoopOptions): Loop {
  const { durationTicks, startTicks = 0 } = options
  if (clip.length === 0 || clip.length % PACKET_BYTES !== 0) throw new RangeError('a clip holds whole packets')
  if (!(durationTicks > 0)) throw new RangeError('durationTicks must be positive')

  const pieces = cutIntoPieces(clip, durationTicks)
  const continuity = new Map<number, number>()
  let round = Math.floor(startTicks / durationTicks)
  let index = pieces.findLastIndex((piece) => piece.atTicks <= startTicks - round * durationTicks)

  function next(): LoopPiece {
    const piece = pieces[index]!
    const shiftTicks = round * durationTicks
    const packets = Buffer.from(clip.subarray(piece.start, piece.end))
    for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
      continueCounter(packets, offset, continuity)
      shiftTimes(packets, offset, shiftTicks)
    }
    index += 1
    if (index === pieces.length) {
      index = 0
      round += 1
    }
    return { packets, atTicks: shiftTicks + piece.atTicks }
  }

  return { next }
}

type Cut = { readonly start: number; end: number; readonly atTicks: number }

/** A piece starts at each clock reference that is too far from the start of the piece before. */
function cutIntoPieces(clip: Buffer, durationTicks: number): Cut[] {
  const pieces: Cut[] = [{ start: 0, end: clip.length, atTicks: 0 }]
  let firstTicks: number | undefined
  let previous = { offset: 0, atTicks: 0 }
  const cutAt = (point: { readonly offset: number; readonly atTicks: number }) => {
    pieces.at(-1)!.end = point.offset
    pieces.push({ start: point.offset, end: clip.length, atTicks: point.atTicks })
  }
  for (let offset = 0; offset < clip.length; offset += PACKET_BYTES) {
    if (!hasClockReference(clip, offset)) continue
    const ticks = readClockReference(clip, offset)
    firstTicks ??= ticks
    const atTicks = Math.min(Math.max(ticksBetween(firstTicks, ticks), previous.atTicks), durationTicks)
    const startTicks = pieces.at(-1)!.atTicks
    if (atTicks - startTicks > MAX_PIECE_TICKS && previous.atTicks > startTicks) cutAt(previous)
    previous = { offset, atTicks }
  }
  if (previous.atTicks > pieces.at(-1)!.atTicks) cutAt(previous)
  return pieces
}

function continueCounter(packets: Buffer, offset: number, continuity: Map<number, number>): void {
  const pid = pidOf(packets, offset)
  const advance = hasPayload(packets, offset) ? 1 : 0
  const counter = ((continuity.get(pid) ?? 15) + advance) & 0x0f
  continuity.set(pid, counter)
  setContinuity(packets, offset, counter)
}

function shiftTimes(packets: Buffer, offset: number, shiftTicks: number): void {
  clearDiscontinuity(packets, offset)
  if (hasClockReference(packets, offset)) {
    writeClockReference(packets, offset, wrapTicks(readClockReference(packets, offset) + shiftTicks))
  }
  if (!startsUnit(packets, offset)) return
  const start = payloadOffset(packets, offset)
  const header = readPesHeader(packets, start, offset + PACKET_BYTES)
  if (header === undefined) return
  writePesTimes(packets, start, {
    pts: header.pts === undefined ? undefined : wrapTicks(header.pts + shiftTicks),
    dts: header.dts === undefined ? undefined : wrapTicks(header.dts + shiftTicks),
  })
}
