import type { SplicerState } from '@kptv/mpegts'
import { type Slab, SlabPool } from './slab-pool.ts'

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

/** Media in one slab. To keep the bytes beyond this turn of the event loop, hold the slab. */
export type RingChunk = {
  /** Position of its first byte. */
  readonly start: number
  readonly bytes: Buffer
  readonly slab: Slab
  /**
   * Ends an appended piece: a viewer can leave the output only here, because only here `state` is
   * known.
   */
  readonly isEnd: boolean
  /**
   * Place of the output after it: counters and clocks, for a viewer that cannot continue with the
   * next chunk.
   */
  readonly state: SplicerState | undefined
  readonly atMs: number
}

type RingOptions = {
  readonly capacityBytes: number
  readonly monotonicMs: () => number
  /** The pool of the node; by default the ring has its own. */
  readonly pool?: SlabPool | undefined
}

/** A ring is trimmed by whole chunks, by bytes and by age, so they stay small. */
const MIN_CHUNKS = 16
const MAX_CHUNK_MS = 500
const MAX_CHUNK_BYTES = 64 * 1024

/** A viewer on a slow line must not fall half a minute behind, however few bytes that is. */
const MAX_MS = 30_000

/**
 * The last media of a session, shared by all its viewers: written once, into slabs, and read in
 * place. Positions are counted from the session's first byte and only grow, so a viewer is little
 * more than a number. The writer never waits: it drops the oldest media beyond the limit of bytes
 * or seconds, and a viewer that still needed it finds its position before `tail`.
 */
export class MediaRing {
  readonly #monotonicMs: () => number
  readonly #pool: SlabPool
  #chunks: Array<Mutable<RingChunk>> = []
  /** Start of the bytes that are not committed yet. */
  #uncommitted = 0
  #joinPoints: number[] = []
  #head = 0
  #capacityBytes: number
  /** Position of the next bytes. */
  #slab: Slab | undefined
  #filledBytes = 0

  constructor({ capacityBytes, monotonicMs, pool }: RingOptions) {
    this.#capacityBytes = capacityBytes
    this.#monotonicMs = monotonicMs
    this.#pool = pool ?? new SlabPool(capacityBytes)
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

  /**
   * Position at which a viewer can start: PAT, PMT and a key frame follow. `undefined` while no
   * join point is held.
   */
  get newestJoinPoint(): number | undefined {
    return this.#joinPoints.at(-1)
  }

  /**
   * Copies the bytes, so the caller may reuse its buffer. They are readable only once committed.
   *
   * @param isJoinPoint a player can start with them
   */
  write(bytes: Buffer, isJoinPoint: boolean): void {
    if (isJoinPoint) this.#joinPoints.push(this.#head)
    for (let at = 0; at < bytes.length; ) {
      const slab = this.#slabWithRoom()
      const length = bytes.copy(slab.bytes, this.#filledBytes, at)
      at += length
      this.#filledBytes += length
      this.#head += length
      this.#extend(slab)
    }
  }

  /** @param state place of the output behind what was written */
  commit(state?: SplicerState): void {
    const last = this.#chunks.at(-1)
    if (last === undefined || this.#uncommitted === this.#head) return
    last.isEnd = true
    last.state = state
    const from = this.#uncommitted
    this.#uncommitted = this.#head
    this.#joinToPrevious(last, from)
    this.#trim(from)
  }

  /**
   * Everything from the newest join point on, valid for this turn of the event loop; nothing while
   * none is held.
   */
  readFromNewestJoinPoint(): Buffer[] {
    const from = this.newestJoinPoint
    if (from === undefined) return []
    return this.#chunks
      .filter(({ start, bytes }) => start + bytes.length > from)
      .map(({ start, bytes }) => bytes.subarray(Math.max(0, from - start)))
  }

  /**
   * As much as one slab holds from a position on, for one write: up to `maxBytes` where possible,
   * because it ends with an appended piece. Undefined when the position is not held (yet, or any
   * more).
   */
  runAt(position: number, maxBytes: number): RingChunk | undefined {
    let index = this.#indexOf(position)
    const first = this.#chunks[index]
    if (first === undefined) return undefined
    let last = first
    for (;;) {
      const next = this.#chunks[index + 1]
      if (next === undefined || next.slab !== first.slab) break
      if (last.isEnd && next.start + next.bytes.length - position > maxBytes) break
      last = next
      index += 1
    }
    if (last === first && position === first.start) return first
    const from = first.bytes.byteOffset - first.slab.bytes.byteOffset + (position - first.start)
    const length = last.start + last.bytes.length - position
    return { ...last, start: position, bytes: first.slab.bytes.subarray(from, from + length) }
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
    this.#trim(this.#chunks.at(-1)?.start ?? 0)
  }

  /** Releases all slabs: the ring must not be read any more. */
  clear(): void {
    this.#drop(this.#chunks.length)
    this.#slab?.release()
    this.#slab = undefined
  }

  /** The newest bytes of the slab belong to the last chunk, or begin one. */
  #extend(slab: Slab): void {
    const last = this.#chunks.at(-1)
    const isOpen = last !== undefined && !last.isEnd && last.slab === slab
    const start = isOpen ? last.start : this.#chunkEnd
    const bytes = slab.bytes.subarray(this.#filledBytes - (this.#head - start), this.#filledBytes)
    if (isOpen) {
      last.bytes = bytes
      return
    }
    slab.hold()
    this.#chunks.push({ start, bytes, slab, isEnd: false, state: undefined, atMs: this.#monotonicMs() })
  }

  /**
   * Small pieces in one slab become one chunk: a place of the output for each would fill the heap.
   * Viewers between two of them already have theirs.
   */
  #joinToPrevious(last: RingChunk, pieceStart: number): void {
    const previous = this.#chunks.at(-2)
    if (previous === undefined || previous.slab !== last.slab || last.start !== pieceStart) return
    if (this.#head - previous.start > Math.min(MAX_CHUNK_BYTES, this.#capacityBytes / MIN_CHUNKS)) return
    if (this.#monotonicMs() - previous.atMs > MAX_CHUNK_MS) return
    const from = previous.bytes.byteOffset - previous.slab.bytes.byteOffset
    previous.bytes = previous.slab.bytes.subarray(from, from + this.#head - previous.start)
    previous.state = last.state
    this.#chunks.pop()
    last.slab.release()
  }

  get #chunkEnd(): number {
    const last = this.#chunks.at(-1)
    return last === undefined ? this.#uncommitted : last.start + last.bytes.length
  }

  #slabWithRoom(): Slab {
    if (this.#slab !== undefined && this.#filledBytes < this.#slab.bytes.length) return this.#slab
    this.#slab?.release()
    this.#slab = this.#pool.take()
    this.#filledBytes = 0
    return this.#slab
  }

  #indexOf(position: number): number {
    if (position < this.tail || position >= this.#head) return -1
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#chunks[middle]!.start <= position) low = middle
      else high = middle - 1
    }
    return low
  }

  /**
   * The last appended piece always stays, whatever its size: viewers at the head must get it. Age
   * alone never drops media from the newest join point on.
   *
   * @param newest where that begins
   */
  #trim(newest: number): void {
    const oldestAtMs = this.#monotonicMs() - MAX_MS
    const joinPoint = this.newestJoinPoint ?? this.#head
    const isTooMuch = ({ start, bytes, atMs }: RingChunk): boolean =>
      this.#head - start > this.#capacityBytes || (atMs < oldestAtMs && start + bytes.length <= joinPoint)
    let count = 0
    while (count < this.#chunks.length && this.#chunks[count]!.start < newest && isTooMuch(this.#chunks[count]!)) {
      count += 1
    }
    if (count > 0) this.#drop(count)
  }

  #drop(count: number): void {
    for (const { slab } of this.#chunks.splice(0, count)) slab.release()
    const tail = this.tail
    while (this.#joinPoints.length > 0 && this.#joinPoints[0]! < tail) this.#joinPoints.shift()
  }
}
