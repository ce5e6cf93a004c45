import type { SplicerState } from '@kptv/mpegts'

/** A piece of media as it was appended; the bytes belong to all viewers. */
export type RingChunk = {
  /** Position of its first byte. */
  readonly start: number
  readonly bytes: Buffer
  /** Where the output stands behind it: counters and clocks, for a viewer who cannot go on with the next chunk. */
  readonly state: SplicerState | undefined
  readonly atMs: number
}

export type RingOptions = {
  readonly capacityBytes: number
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** A viewer of a slow line must not see the news of half a minute ago, however few bytes that is. */
const MAX_MS = 30_000

/**
 * The last media of a session, shared by all its viewers. Positions are counted from the session's first byte and only
 * grow, so a viewer is little more than a number. The writer never waits: what does not fit any more, in bytes or in seconds,
 * is dropped, and a viewer who still wanted it finds its position before `tail`.
 */
export class MediaRing {
  readonly #now: () => number
  #chunks: RingChunk[] = []
  #joinPoints: number[] = []
  #head = 0
  #capacityBytes: number

  constructor({ capacityBytes, now }: RingOptions) {
    this.#capacityBytes = capacityBytes
    this.#now = now
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

  /**
   * @param joinPoints byte offsets in `bytes`, ascending
   * @param state where the output stands behind `bytes`; by default where it stood before (filler)
   */
  append(bytes: Buffer, joinPoints: readonly number[], state = this.#chunks.at(-1)?.state): void {
    if (bytes.length === 0) return
    for (const offset of joinPoints) this.#joinPoints.push(this.#head + offset)
    this.#chunks.push({ start: this.#head, bytes, state, atMs: this.#now() })
    this.#head += bytes.length
    this.#trim()
  }

  /** All from the newest join point on; nothing while none is held. */
  readFromNewestJoinPoint(): Buffer[] {
    const from = this.newestJoinPoint
    if (from === undefined) return []
    return this.#chunks
      .filter(({ start, bytes }) => start + bytes.length > from)
      .map(({ start, bytes }) => bytes.subarray(Math.max(0, from - start)))
  }

  /** The chunk with the byte at a position; `undefined` when that is not held (yet, or any more). */
  chunkAt(position: number): RingChunk | undefined {
    if (position < this.tail || position >= this.#head) return undefined
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#chunks[middle]!.start <= position) low = middle
      else high = middle - 1
    }
    return this.#chunks[low]
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
    this.#trim()
  }

  /**
   * The newest chunk always stays, however large it is: viewers at the head must get it. Age alone takes nothing that a
   * joiner would start with.
   */
  #trim(): void {
    const oldestAtMs = this.#now() - MAX_MS
    const joinPoint = this.newestJoinPoint ?? this.#head
    const isTooMuch = ({ start, bytes, atMs }: RingChunk): boolean =>
      this.#head - start > this.#capacityBytes || (atMs < oldestAtMs && start + bytes.length <= joinPoint)
    let drop = 0
    while (drop < this.#chunks.length - 1 && isTooMuch(this.#chunks[drop]!)) drop += 1
    if (drop === 0) return
    this.#chunks.splice(0, drop)
    const tail = this.tail
    while (this.#joinPoints.length > 0 && this.#joinPoints[0]! < tail) this.#joinPoints.shift()
  }
}
