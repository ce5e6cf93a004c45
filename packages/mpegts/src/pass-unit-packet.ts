/** Makes packets of the input packets of the output, where they lie (ISO/IEC 13818-1, 2.4.3.2). */
import type { Buffer } from 'node:buffer'
import type { InputTrack } from './input-track.ts'
import type { OutputStream } from './output-program.ts'
import {
  hasClockReference,
  PACKET_BYTES,
  payloadOffset,
  readClockReference,
  setContinuity,
  startsUnit,
  writeClockReference,
} from './packet.ts'
import { cutPayload, removeClockReference, writeClockPacket } from './remake-packet.ts'
import type { Slate } from './slate.ts'
import type { Timeline } from './timeline.ts'
import { readPesHeader } from './timestamps.ts'

type Parts = { readonly timeline: Timeline; readonly slate: Slate | undefined }

/**
 * An admitted packet of an open unit, or one without payload. False if the output has all of it
 * already.
 */
export function passUnitPacket(track: InputTrack, piece: Buffer, at: number, { timeline, slate }: Parts): boolean {
  let payloadBytes = at + PACKET_BYTES - payloadOffset(piece, at)
  if (track.skipBytes !== undefined && payloadBytes > 0) {
    payloadBytes = cutToRest(track, piece, at)
    if (payloadBytes === 0) return false
  }
  track.stream.unitBytes += payloadBytes
  if (hasClockReference(piece, at)) {
    if (track.hasClock) writeClockReference(piece, at, timeline.moveClock(readClockReference(piece, at)))
    else removeClockReference(piece, at)
  }
  track.pass(piece, at)
  track.marker?.mark(piece, at)
  if (track.isKept) slate?.keepPacket(piece, at)
  return true
}

/** Instead of a packet that is dropped. */
export function turnIntoClock(stream: OutputStream, piece: Buffer, at: number, timeline: Timeline): void {
  const ticks = timeline.moveClock(readClockReference(piece, at))
  writeClockPacket(piece, at, { pid: stream.pid, ticks })
  setContinuity(piece, at, stream.counter)
}

/**
 * Removes the bytes of the unit that the output already has; returns how many bytes of payload are
 * left in the packet.
 */
function cutToRest(track: InputTrack, piece: Buffer, at: number): number {
  const start = payloadOffset(piece, at)
  const end = at + PACKET_BYTES
  const header = startsUnit(piece, at) ? readPesHeader(piece, start, end) : undefined
  const bytes = Math.max(0, end - (header?.payloadAt ?? start))
  const skipBytes = track.skipBytes ?? 0
  const left = Math.max(0, bytes - skipBytes)
  track.skipBytes = Math.max(0, skipBytes - bytes)
  if (left === 0) return 0
  cutPayload(piece, at, end - left - start)
  // From here the unit passes packet by packet.
  track.skipBytes = undefined
  return left
}
