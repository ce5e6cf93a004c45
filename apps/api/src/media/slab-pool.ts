import { PACKET_BYTES } from '@kptv/mpegts'

/** Whole packets, about 64 KB: about 60 ms of a usual channel. */
export const SLAB_BYTES = 348 * PACKET_BYTES

/**
 * A block of memory for media. Its bytes do not change while it is held: by the ring that they were
 * written for, and by each unfinished write to a socket.
 */
export class Slab {
  readonly bytes = Buffer.allocUnsafeSlow(SLAB_BYTES)
  readonly #onFree: (slab: Slab) => void
  #holders = 0

  constructor(onFree: (slab: Slab) => void) {
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
 * bound it allocates, and forgets what comes back.
 */
export class SlabPool {
  readonly #maxSlabs: number
  readonly #free: Slab[] = []
  #lent = 0

  /** @param maxBytes of all slabs that it keeps, lent ones included */
  constructor(maxBytes: number) {
    this.#maxSlabs = Math.floor(maxBytes / SLAB_BYTES)
  }

  /** Bytes of slabs that are not held. */
  get freeBytes(): number {
    return this.#free.length * SLAB_BYTES
  }

  /** A slab held once, by the caller. */
  take(): Slab {
    const slab = this.#free.pop() ?? new Slab((freed) => this.#takeBack(freed))
    this.#lent += 1
    slab.hold()
    return slab
  }

  #takeBack(slab: Slab): void {
    this.#lent -= 1
    if (this.#lent + this.#free.length < this.#maxSlabs) this.#free.push(slab)
  }
}
