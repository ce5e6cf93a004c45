/**
 * A channel that has a key; `preference` is the key's place among its own, a lower one is better.
 */
export type Candidate = { readonly channel: number; readonly preference: number }

const NONE = -1
/** Of an entry: two halves of the key's hash, channel, preference, next entry with the same key. */
const WIDTH = 5
/** A table grows by so many entries and moves no others: a copy would take twice the memory. */
const BLOCK_ENTRIES = 1024

/**
 * Which channels have a key, at some 30 bytes for each key of each channel: 300,000 channels have a
 * million keys, which as texts in a `Map` took 300 MB.
 *
 * Keys are compared by a hash of 64 bits: a million keys and a million searches are wrong with a
 * chance of one to ten million.
 */
export class KeyTable {
  readonly #seed: number
  readonly #blocks: Int32Array[] = []
  #count = 0
  /** Open addressing: a key's last entry stands in the first free slot from its hash on. */
  #slots = new Int32Array(128).fill(NONE)

  /** @param seed Where the hash begins; a random one, so that nobody can make equal hashes. */
  constructor(seed: number) {
    this.#seed = seed
  }

  /** Entries, of which several may have the same key. */
  get size(): number {
    return this.#count
  }

  add(key: string, { channel, preference }: Candidate = { channel: 0, preference: 0 }): void {
    if (this.#count * 2 >= this.#slots.length) this.#growSlots()
    const place = this.#count % BLOCK_ENTRIES
    if (place === 0) this.#blocks.push(new Int32Array(BLOCK_ENTRIES * WIDTH))
    const [high, low] = this.#hash(key)
    const slot = this.#slotOf(high, low)
    this.#blocks.at(-1)?.set([high, low, channel, preference, this.#slots[slot] as number], place * WIDTH)
    this.#slots[slot] = this.#count
    this.#count += 1
  }

  has(key: string): boolean {
    return this.first(key) !== undefined
  }

  /** The channel of a key that only one has. */
  first(key: string): number | undefined {
    const [high, low] = this.#hash(key)
    const entry = this.#slots[this.#slotOf(high, low)] as number
    return entry === NONE ? undefined : this.#field(entry, 2)
  }

  /** In any order. */
  *candidates(key: string): Generator<Candidate> {
    const [high, low] = this.#hash(key)
    let entry = this.#slots[this.#slotOf(high, low)] as number
    while (entry !== NONE) {
      yield { channel: this.#field(entry, 2), preference: this.#field(entry, 3) }
      entry = this.#field(entry, 4)
    }
  }

  #field(entry: number, field: number): number {
    const block = this.#blocks[Math.floor(entry / BLOCK_ENTRIES)] as Int32Array
    return block[(entry % BLOCK_ENTRIES) * WIDTH + field] as number
  }

  /** Where the entries with this hash are, or could be. */
  #slotOf(high: number, low: number): number {
    const mask = this.#slots.length - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number
      if (entry === NONE) return slot
      if (this.#field(entry, 0) === high && this.#field(entry, 1) === low) return slot
    }
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(NONE)
    // The last entry of a key leads to the others, so it takes the slot.
    for (let entry = 0; entry < this.#count; entry += 1) {
      this.#slots[this.#slotOf(this.#field(entry, 0), this.#field(entry, 1))] = entry
    }
  }

  #hash(key: string): readonly [high: number, low: number] {
    let high = this.#seed
    let low = ~this.#seed
    for (let index = 0; index < key.length; index += 1) {
      const code = key.charCodeAt(index)
      high = Math.imul(high ^ code, 0x85ebca6b)
      low = Math.imul(low ^ code, 0xc2b2ae35)
      high ^= low >>> 15
      low ^= high >>> 13
    }
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b)
    low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
    return [high ^ (low >>> 16), low ^ (high >>> 15)]
  }
}
