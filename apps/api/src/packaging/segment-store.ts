import type { SegmentBytes } from './fragment-log.ts'

/** The memory for segments of a node (HLS_BUFFER), which its channels share. */
export class SegmentMemory {
  readonly #maxBytes: number
  readonly #stores = new Set<SegmentStore>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What one channel may hold while there are so many. */
  get shareBytes(): number {
    return Math.floor(this.#maxBytes / Math.max(1, this.#stores.size))
  }

  open(): SegmentStore {
    const count = (bytes: number): void => {
      this.#bytes += bytes
    }
    const store = new SegmentStore(this, count, () => void this.#stores.delete(store))
    this.#stores.add(store)
    for (const other of this.#stores) other.trim()
    return store
  }
}

/** The segments of one channel that this node has, by number; the lowest numbers go first. */
export class SegmentStore {
  readonly #memory: SegmentMemory
  readonly #count: (bytes: number) => void
  readonly #onClosed: () => void
  readonly #segments = new Map<number, { readonly parts: SegmentBytes; readonly bytes: number }>()
  #bytes = 0
  #isClosed = false

  constructor(memory: SegmentMemory, count: (bytes: number) => void, onClosed: () => void) {
    this.#memory = memory
    this.#count = count
    this.#onClosed = onClosed
  }

  get(number: number): SegmentBytes | undefined {
    return this.#segments.get(number)?.parts
  }

  /** Nothing is kept once it is closed: a segment may still have been on its way. */
  put(number: number, parts: SegmentBytes): void {
    if (this.#isClosed || this.#segments.has(number)) return
    const bytes = parts.reduce((sum, { length }) => sum + length, 0)
    this.#segments.set(number, { parts, bytes })
    this.#add(bytes)
    this.trim()
  }

  /** Segments that no playlist names any more. */
  dropBefore(number: number): void {
    for (const held of this.#segments.keys()) if (held < number) this.#drop(held)
  }

  dropFrom(number: number): void {
    for (const held of this.#segments.keys()) if (held >= number) this.#drop(held)
  }

  trim(): void {
    while (this.#bytes > this.#memory.shareBytes && this.#segments.size > 1)
      this.#drop(Math.min(...this.#segments.keys()))
  }

  close(): void {
    this.#isClosed = true
    for (const number of this.#segments.keys()) this.#drop(number)
    this.#onClosed()
  }

  #drop(number: number): void {
    this.#add(-(this.#segments.get(number)?.bytes ?? 0))
    this.#segments.delete(number)
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    this.#count(bytes)
  }
}
