/**
 * Arbitrary chunks of bytes in, whole 188-byte packets out, found by their sync_byte (ISO/IEC
 * 13818-1, 2.4.3.3).
 *
 * Invariant: a packet is handed on once all its bytes are there, and each has a sync byte. In sync,
 * of each chunk only the packet that it completes is copied, and the one that it leaves open.
 */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, SYNC_BYTE } from './packet.ts'
import { endOfRun, findSync, PACKET_SPACINGS, REQUIRED_SYNC_BYTES, withoutGaps } from './packet-sync.ts'

/** @param isLast of those that the chunk completes */
type TakePackets = (packets: Buffer, isLast: boolean) => void

type PacketAligner = {
  /** The whole packets that `chunk` completes. The result may share memory with `chunk`. */
  push(chunk: Buffer): Buffer
  /**
   * The same without allocating in steady state: calls `take` with whole packets. They are views of
   * `chunk`, which `take` may write into, valid during the call only. A packet that two chunks had
   * parts of comes separately, unless there is room for its first part.
   *
   * @param roomBytes so many bytes right before `chunk`, in the same memory, are free
   */
  feed(chunk: Buffer, take: TakePackets, roomBytes?: number): void
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

  function feed(next: Buffer, take: TakePackets, roomBytes = 0): void {
    const chunk = rest.length > 0 && rest.length <= roomBytes ? behindRest(next) : next
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

  /** The rest and the chunk in one piece, in the memory of the chunk. */
  function behindRest(chunk: Buffer): Buffer {
    const whole = Buffer.from(chunk.buffer, chunk.byteOffset - rest.length, rest.length + chunk.length)
    rest.copy(whole)
    rest = kept.subarray(0, 0)
    return whole
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

/** Each packet that starts in these bytes starts with a sync byte. */
function isInSync(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += PACKET_BYTES) if (bytes[at] !== SYNC_BYTE) return false
  return true
}
