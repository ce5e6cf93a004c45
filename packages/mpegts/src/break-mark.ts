/**
 * A mark in the output where it does not continue where it ended: another source, or a gap. The
 * PAT there has private data (ISO/IEC 13818-1, 2.4.3.5), which players pass over in silence; a
 * discontinuity_indicator would make some of them complain.
 */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, PAT_PID, pidOf } from './packet.ts'

const FIELD_AT = 4
const HAS_ADAPTATION_FIELD = 0x20
const HAS_PRIVATE_DATA = 0x02
const NAME = Buffer.from('KPTV-BRK')
/** Its length, flags, length of the private data, and these. */
const FIELD = Buffer.concat([Buffer.from([NAME.length + 2, HAS_PRIVATE_DATA, NAME.length]), NAME])

/** @param pat of one packet without an adaptation field, with stuffing at its end */
export function markBreak(pat: Buffer): void {
  pat.copyWithin(FIELD_AT + FIELD.length, FIELD_AT, PACKET_BYTES - FIELD.length)
  pat[3] = pat[3]! | HAS_ADAPTATION_FIELD
  FIELD.copy(pat, FIELD_AT)
}

export function isBreakMark(packet: Buffer): boolean {
  if (packet.length < PACKET_BYTES || pidOf(packet, 0) !== PAT_PID) return false
  const hasField = (packet[3]! & HAS_ADAPTATION_FIELD) !== 0
  return hasField && packet.subarray(FIELD_AT, FIELD_AT + FIELD.length).equals(FIELD)
}
