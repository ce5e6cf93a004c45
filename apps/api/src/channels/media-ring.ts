/** A piece of the ring, as long as it lies in one buffer. Not a copy: the bytes belong to all viewers. */
export type RingSlice = { readonly bytes: Buffer; readonly next: number }

type Chunk = { readonly start: number; readonly bytes: Buffer }

/**
 * The last media of a session, shared by all its viewers. Positions are counted from the session's first byte and only
 * grow, so a viewer is no more than a number. The writer never waits: what does not fit any more is dropped, and a
 * viewer who still wanted it finds its position before `tail`.
 */
export class MediaRing {
  #chunks: Chunk[] = []
  #joinPoints: number[] = []
  #head = 0
  #capacityBytes: number

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  /** Position behind the newest byte. */
  get head(): number {
    return this.#head
  }

  /** Position of the oldest byte still held. */
  get tail(): number {
    return this.#chunks[0]?.start ?? this.#head
  }

  get sizeBytes(): number {
    return this.#head - this.tail
  }

  /** Where a viewer can start: PAT, PMT and a key frame follow. `undefined` while no join point is held. */
  get newestJoinPoint(): number | undefined {
    return this.#joinPoints.at(-1)
  }

  /** @param joinPoints byte offsets in `bytes`, ascending */
  append(bytes: Buffer, joinPoints: readonly number[]): void {
    if (bytes.length === 0) return
    for (const offset of joinPoints) this.#joinPoints.push(this.#head + offset)
    this.#chunks.push({ start: this.#head, bytes })
    this.#head += bytes.length
    this.#trim()
  }

  /** The bytes at a position, at most `maxBytes` (whole packets, as positions are); `undefined` when the position is not held (yet, or any more). */
  read(position: number, maxBytes: number): RingSlice | undefined {
    if (position < this.tail || position >= this.#head) return undefined
    const { start, bytes } = this.#chunkAt(position)
    const slice = bytes.subarray(position - start, position - start + maxBytes)
    return { bytes: slice, next: position + slice.length }
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
    this.#trim()
  }

  /** The newest chunk always stays, however small the capacity is: viewers at the head must get it. */
  #trim(): void {
    let drop = 0
    while (drop < this.#chunks.length - 1 && this.#head - this.#chunks[drop]!.start > this.#capacityBytes) drop += 1
    if (drop === 0) return
    this.#chunks.splice(0, drop)
    const tail = this.tail
    while (this.#joinPoints.length > 0 && this.#joinPoints[0]! < tail) this.#joinPoints.shift()
  }

  #chunkAt(position: number): Chunk {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#chunks[middle]!.start <= position) low = middle
      else high = middle - 1
    }
    return this.#chunks[low]!
  }
}
