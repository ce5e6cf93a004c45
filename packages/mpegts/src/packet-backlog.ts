/** Copies of packets that may still be needed, in their order, in one buffer. */
import { Buffer } from 'node:buffer'
import { PACKET_BYTES, pidOf } from './packet.ts'

const FIRST_BYTES = 512 * PACKET_BYTES
/** Far above a group of frames of most channels; bounds the memory of an input. */
const MAX_BYTES = 22_000 * PACKET_BYTES

export class PacketBacklog {
  #bytes = Buffer.alloc(0)
  #length = 0
  #isOverfull = false

  add(packets: Buffer, at: number): void {
    if (this.#isOverfull) return
    if (this.#length === this.#bytes.length && !this.#grow()) return
    packets.copy(this.#bytes, this.#length, at, at + PACKET_BYTES)
    this.#length += PACKET_BYTES
  }

  clear(): void {
    this.#length = 0
    this.#isOverfull = false
  }

  /**
   * All packets, or those of the PIDs that are wanted; nothing if they did not all find room. Gives
   * up what it had.
   */
  take(isWanted: (pid: number) => boolean = () => true): Buffer[] {
    const bytes = this.#bytes.subarray(0, this.#isOverfull ? 0 : this.#length)
    this.#bytes = Buffer.alloc(0)
    this.clear()
    const packets: Buffer[] = []
    for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
      if (isWanted(pidOf(bytes, at))) packets.push(bytes.subarray(at, at + PACKET_BYTES))
    }
    return packets
  }

  #grow(): boolean {
    this.#isOverfull = this.#bytes.length >= MAX_BYTES
    if (this.#isOverfull) return false
    const larger = Buffer.allocUnsafe(Math.min(MAX_BYTES, Math.max(FIRST_BYTES, 2 * this.#bytes.length)))
    this.#bytes.copy(larger)
    this.#bytes = larger
    return true
  }
}
