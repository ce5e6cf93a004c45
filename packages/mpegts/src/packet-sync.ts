/** Finds packets in bytes, for an aligner that is not in sync. */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, SYNC_BYTE } from './packet.ts'

/**
 * Plain packets, packets behind a 4-byte time code (M2TS), packets followed by 16 bytes of parity
 * (DVB).
 */
export const PACKET_SPACINGS = [188, 192, 204] as const
export const REQUIRED_SYNC_BYTES = 5

type Sync = { readonly position: number; readonly spacing: 188 | 192 | 204 | undefined }

/**
 * The first position proven to be a packet start, else the first that more bytes may still prove.
 */
export function findSync(bytes: Buffer, from: number): Sync {
  let position = bytes.indexOf(SYNC_BYTE, from)
  while (position !== -1) {
    for (const spacing of PACKET_SPACINGS) {
      const found = countSyncBytes(bytes, position, spacing)
      if (found === REQUIRED_SYNC_BYTES) return { position, spacing }
      if (position + found * spacing >= bytes.length) return { position, spacing: undefined }
    }
    position = bytes.indexOf(SYNC_BYTE, position + 1)
  }
  return { position: bytes.length, spacing: undefined }
}

function countSyncBytes(bytes: Buffer, position: number, spacing: number): number {
  let found = 0
  while (found < REQUIRED_SYNC_BYTES && bytes[position + found * spacing] === SYNC_BYTE) found++
  return found
}

/** Behind the last packet of those that begin at `start`, one `spacing` from the next. */
export function endOfRun(bytes: Buffer, start: number, spacing: number): number {
  let end = start
  while (end + spacing <= bytes.length && bytes[end] === SYNC_BYTE) end += spacing
  return end
}

/** The packets of a run, without what lies between them. */
export function withoutGaps(run: Buffer, spacing: number): Buffer {
  if (spacing === PACKET_BYTES) return run
  const packets = Buffer.allocUnsafe((run.length / spacing) * PACKET_BYTES)
  for (let from = 0, to = 0; from < run.length; from += spacing, to += PACKET_BYTES) {
    run.copy(packets, to, from, from + PACKET_BYTES)
  }
  return packets
}
