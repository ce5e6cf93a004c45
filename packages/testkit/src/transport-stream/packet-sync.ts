import { PACKET_BYTES } from './packet-writer.ts'

const SYNC_BYTE = 0x47
/** Sync bytes at the right distance that make us believe in a packet start after sync was lost. */
const NEEDED_TO_REGAIN = 3

/**
 * Arbitrary chunks → whole packets; counts what does not fit. The input is taken to start with a
 * packet.
 */
export class PacketSync {
  misalignedBytes = 0
  syncLosses = 0
  #rest: Buffer = Buffer.alloc(0)
  #isInSync = true

  /** Bytes of a packet that has not ended yet. */
  get trailingBytes(): number {
    return this.#rest.length
  }

  /** Calls `onPacket` for each whole packet; the buffer given is only valid within the call. */
  push(chunk: Uint8Array, onPacket: (packet: Buffer) => void): void {
    const bytes = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      if (!this.#isInSync) at = this.#hunt(bytes, at)
      if (!this.#isInSync || at + PACKET_BYTES > bytes.length) break
      if (bytes[at] !== SYNC_BYTE) {
        this.#isInSync = false
        this.syncLosses++
        continue
      }
      onPacket(bytes.subarray(at, at + PACKET_BYTES))
      at += PACKET_BYTES
    }
    this.#rest = Buffer.from(bytes.subarray(at))
  }

  /** Skips to the next place that starts packets, or to where more bytes are needed to decide. */
  #hunt(bytes: Buffer, start: number): number {
    let at = start
    for (; at + (NEEDED_TO_REGAIN - 1) * PACKET_BYTES < bytes.length; at++) {
      if (startsPackets(bytes, at)) {
        this.#isInSync = true
        break
      }
      this.misalignedBytes++
    }
    return at
  }
}

function startsPackets(bytes: Buffer, at: number): boolean {
  for (let count = 0; count < NEEDED_TO_REGAIN; count++) {
    if (bytes[at + count * PACKET_BYTES] !== SYNC_BYTE) return false
  }
  return true
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
