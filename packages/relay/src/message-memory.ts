/** A few messages of the largest usual size; several hundred of a slow channel. */
const BLOCK_BYTES = 256 * 1024
/** Blocks that are kept for the next messages, of all channels together. */
const MAX_FREE_BLOCKS = 32

/** Memory of one message. Its bytes do not change while it is held. */
export type Lease = {
  readonly bytes: Buffer
  hold(): void
  release(): void
}

export class MemoryBlock {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  holders = 0
  filledBytes = 0
}

/**
 * Memory for the messages of one publisher, used again and again: they live for seconds, and so
 * much that becomes garbage so late would make V8 search the whole heap every two seconds.
 */
export class MessageMemory {
  readonly #free: MemoryBlock[]
  #block: MemoryBlock | undefined

  /** @param free blocks that nobody uses, shared by all publishers of a relay */
  constructor(free: MemoryBlock[]) {
    this.#free = free
  }

  /** Memory that the caller holds, and must release. */
  take(length: number): Lease {
    if (length > BLOCK_BYTES) return { bytes: Buffer.allocUnsafeSlow(length), hold() {}, release() {} }
    const block = this.#blockWithRoom(length)
    const bytes = block.bytes.subarray(block.filledBytes, block.filledBytes + length)
    block.filledBytes += length
    block.holders += 1
    return {
      bytes,
      hold: () => {
        block.holders += 1
      },
      release: () => this.#release(block),
    }
  }

  #blockWithRoom(length: number): MemoryBlock {
    const present = this.#block
    if (present !== undefined && present.filledBytes + length <= BLOCK_BYTES) return present
    const block = this.#free.pop() ?? new MemoryBlock()
    block.filledBytes = 0
    block.holders = 1
    this.#block = block
    if (present !== undefined) this.#release(present)
    return block
  }

  #release(block: MemoryBlock): void {
    block.holders -= 1
    if (block.holders === 0 && this.#free.length < MAX_FREE_BLOCKS) this.#free.push(block)
  }
}
