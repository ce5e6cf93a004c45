import { Buffer } from 'node:buffer'

/**
 * Texts by number, in the order in which they were added, at four bytes more than their UTF-8:
 * 300,000 ids in an array take 20 MB, and the garbage collector lets as much again lie about.
 */
export class TextList {
  #bytes: Buffer = Buffer.alloc(256)
  /** Where each text ends. */
  #ends = new Uint32Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @returns its number; the first one is 0 */
  add(text: string): number {
    const start = this.#endOf(this.#size - 1)
    const end = start + Buffer.byteLength(text)
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], Math.max(end, this.#bytes.length * 2))
    if (this.#size === this.#ends.length) this.#ends = grown(this.#ends)
    this.#bytes.write(text, start)
    this.#ends[this.#size] = end
    this.#size += 1
    return this.#size - 1
  }

  /** Empty if there is no such number. */
  at(number: number): string {
    return this.#bytes.toString('utf8', this.#endOf(number - 1), this.#endOf(number))
  }

  *[Symbol.iterator](): Generator<string> {
    for (let number = 0; number < this.#size; number += 1) yield this.at(number)
  }

  #endOf(number: number): number {
    return number < 0 ? 0 : (this.#ends[Math.min(number, this.#size - 1)] ?? 0)
  }
}

function grown(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}
