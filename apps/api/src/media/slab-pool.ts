import { PACKET_BYTES } from '@kptv/mpegts'

/** Whole packets, about 64 KB: about 60 ms of a usual channel. */
export const SLAB_BYTES = 348 * PACKET_BYTES
/** Up to so many times that size, where rings are large. */
const MAX_TIMES = 4
/** In a smaller part of its ring, little of a slab stays unused. */
const SLABS_OF_A_RING = 16

/**
 * The size of slabs for rings of this size: the larger, the fewer writes begin in one and end in
 * another, as two writes.
 */
export function slabBytesFor(ringBytes: number): number {
  const times = Math.floor(ringBytes / SLABS_OF_A_RING / SLAB_BYTES)
  return Math.max(1, Math.min(times, MAX_TIMES)) * SLAB_BYTES
}

/**
 * A block of memory for media. Its bytes do not change while it is held: by the ring that they were
 * written for, and by each unfinished write to a socket.
 */
export class Slab {
  readonly bytes: Buffer
  readonly #onFree: (slab: Slab) => void
  #holders = 0

  constructor(length: number, onFree: (slab: Slab) => void) {
    this.bytes = Buffer.allocUnsafeSlow(length)
    this.#onFree = onFree
  }

  hold(): void {
    this.#holders += 1
  }

  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.#onFree(this)
  }
}

/**
 * The slabs of a node, used again and again: large buffers that come and go cost the garbage
 * collector more than all else that happens to media. Never waits and never refuses: beyond its
 * bound it allocates, and drops what is returned.
 */
export class SlabPool {
  readonly slabBytes: number
  readonly #maxSlabs: number
  readonly #free: Slab[] = []
  #lent = 0

  /** @param maxBytes of all slabs that it keeps, lent ones included */
  constructor(maxBytes: number, slabBytes = SLAB_BYTES) {
    this.slabBytes = slabBytes
    this.#maxSlabs = Math.floor(maxBytes / slabBytes)
  }

  /** A slab held once, by the caller. */
  take(): Slab {
    const slab = this.#free.pop() ?? new Slab(this.slabBytes, (freed) => this.#takeBack(freed))
    this.#lent += 1
    slab.hold()
    return slab
  }

  #takeBack(slab: Slab): void {
    this.#lent -= 1
    if (this.#lent + this.#free.length < this.#maxSlabs) this.#free.push(slab)
  }
}
