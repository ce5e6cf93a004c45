/**
 * A mark in the output where it does not go on where it has ended: another source, or a gap. The
 * PAT there has discontinuity_indicator (ISO/IEC 13818-1, 2.4.3.5), which players pass over.
 */
import type { Buffer } from 'node:buffer'
import { hasDiscontinuity, PACKET_BYTES, PAT_PID, pidOf } from './packet.ts'

const FIELD_AT = 4
const FIELD_BYTES = 2
const HAS_ADAPTATION_FIELD = 0x20
const DISCONTINUITY = 0x80

/** @param pat of one packet without an adaptation field, with stuffing at its end */
export function markBreak(pat: Buffer): void {
  pat.copyWithin(FIELD_AT + FIELD_BYTES, FIELD_AT, PACKET_BYTES - FIELD_BYTES)
  pat[3] = pat[3]! | HAS_ADAPTATION_FIELD
  pat[FIELD_AT] = FIELD_BYTES - 1
  pat[FIELD_AT + 1] = DISCONTINUITY
}

export function isBreakMark(packet: Buffer): boolean {
  return packet.length >= PACKET_BYTES && pidOf(packet, 0) === PAT_PID && hasDiscontinuity(packet, 0)
}
