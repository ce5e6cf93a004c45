/**
 * Arbitrary chunks of bytes in, whole 188-byte packets out, found by their sync_byte (ISO/IEC
 * 13818-1, 2.4.3.3).
 */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, SYNC_BYTE } from './packet.ts'

/**
 * Plain packets, packets behind a 4-byte time code (M2TS), packets followed by 16 bytes of parity
 * (DVB).
 */
export const PACKET_SPACINGS = [188, 192, 204] as const
const REQUIRED_SYNC_BYTES = 5

/** @param isLast of those that the chunk completes */
export type TakePackets = (packets: Buffer, isLast: boolean) => void

export type PacketAligner = {
  /** The whole packets that `chunk` completes. The result may share memory with `chunk`. */
  push(chunk: Buffer): Buffer
  /**
   * The same without allocating in steady state: calls `take` with whole packets, at most
   * twice. They are views of `chunk`, which `take` may write into, or a packet that two chunks had
   * parts of; both are valid during the call only.
   */
  feed(chunk: Buffer, take: TakePackets): void
  /**
   * The input has ended: the partial packet is dropped, so that it is never joined to the next
   * input.
   */
  reset(): void
  /** Distance of the sync bytes of the input, as long as it is in sync. */
  readonly packetSize: 188 | 192 | 204 | undefined
  /** Bytes of no packet so far: garbage, and partial packets at `reset`. */
  readonly droppedBytes: number
}

/**
 * Finds the packets of a byte stream by five sync bytes at the same distance, and finds them again
 * after a loss. A single sync byte proves nothing: a payload contains 0x47 about once per packet.
 * Time is linear in the bytes pushed; less than 1 KB is kept between two calls; the result does not
 * depend on how the bytes are cut into chunks. Never throws.
 */
export function createPacketAligner(): PacketAligner {
  /** Less than five packets of the widest spacing, so what is left of a chunk always fits. */
  const kept = Buffer.allocUnsafeSlow(REQUIRED_SYNC_BYTES * PACKET_SPACINGS[2])
  let rest: Buffer = kept.subarray(0, 0)
  let spacing: 188 | 192 | 204 | undefined
  let droppedBytes = 0
  /** A packet that two chunks have parts of. */
  const carried = Buffer.allocUnsafeSlow(PACKET_BYTES)

  function feed(chunk: Buffer, take: TakePackets): void {
    const missing = rest.length === 0 ? 0 : PACKET_BYTES - rest.length
    const end = chunk.length - ((chunk.length - missing) % PACKET_BYTES)
    const isSteady =
      spacing === PACKET_BYTES &&
      chunk.length >= missing &&
      (missing === 0 || rest[0] === SYNC_BYTE) &&
      isInSync(chunk, missing, chunk.length)
    if (!isSteady) {
      const packets = push(chunk)
      if (packets.length > 0) take(packets, true)
      return
    }
    if (missing > 0) {
      rest.copy(carried)
      chunk.copy(carried, rest.length, 0, missing)
    }
    rest = kept.subarray(0, chunk.copy(kept, 0, end))
    if (missing > 0) take(carried, end === missing)
    if (end > missing) take(chunk.subarray(missing, end), true)
  }

  function push(chunk: Buffer): Buffer {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const runs: Buffer[] = []
    let position = 0
    for (;;) {
      if (spacing === undefined) {
        const found = findSync(bytes, position)
        droppedBytes += found.position - position
        position = found.position
        if (found.spacing === undefined) break
        spacing = found.spacing
      }
      const end = endOfRun(bytes, position, spacing)
      if (end > position) runs.push(withoutGaps(bytes.subarray(position, end), spacing))
      position = end
      if (position + spacing > bytes.length) break
      spacing = undefined
    }
    rest = kept.subarray(0, bytes.copy(kept, 0, position))
    return runs.length === 1 ? runs[0]! : Buffer.concat(runs)
  }

  function reset(): void {
    droppedBytes += rest.length
    rest = kept.subarray(0, 0)
    spacing = undefined
  }

  return {
    push,
    feed,
    reset,
    get packetSize() {
      return spacing
    },
    get droppedBytes() {
      return droppedBytes
    },
  }
}

type Sync = { position: number; readonly spacing: 188 | 192 | 204 | undefined }

/**
 * The first position proven to be a packet start, else the first that more bytes may still prove.
 */
function findSync(bytes: Buffer, from: number): Sync {
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

function endOfRun(bytes: Buffer, start: number, spacing: number): number {
  let end = start
  while (end + spacing <= bytes.length && bytes[end] === SYNC_BYTE) end += spacing
  return end
}

/** Each packet that begins in these bytes begins with a sync byte. */
function isInSync(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += PACKET_BYTES) if (bytes[at] !== SYNC_BYTE) return false
  return true
}

function withoutGaps(run: Buffer, spacing: number): Buffer {
  if (spacing === PACKET_BYTES) return run
  const packets = Buffer.allocUnsafe((run.length / spacing) * PACKET_BYTES)
  for (let from = 0, to = 0; from < run.length; from += spacing, to += PACKET_BYTES) {
    run.copy(packets, to, from, from + PACKET_BYTES)
  }
  return packets
}
