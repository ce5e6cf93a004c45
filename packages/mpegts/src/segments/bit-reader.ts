import { Buffer } from 'node:buffer'

/** Reads the bits of a NAL unit (ITU-T H.264 and H.265, 7.2). Behind the end come zeros. */
export class BitReader {
  readonly #bytes: Buffer
  #bit = 0

  /** @param unit from its header on, with emulation prevention bytes */
  constructor(unit: Buffer) {
    this.#bytes = withoutEmulationPrevention(unit)
  }

  /** So many bits as a number, 32 at most. */
  read(bits: number): number {
    let value = 0
    for (let index = 0; index < bits; index++) value = value * 2 + this.#next()
    return value
  }

  skip(bits: number): void {
    this.#bit += bits
  }

  flag(): boolean {
    return this.#next() === 1
  }

  /** ue(v), 9.1; a code of more than 31 zeros ends the unit. */
  unsigned(): number {
    let zeros = 0
    while (zeros < 32 && this.#next() === 0) zeros += 1
    return 2 ** zeros - 1 + this.read(zeros)
  }

  /** se(v), 9.1.1 */
  signed(): number {
    const code = this.unsigned()
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2
  }

  get isOver(): boolean {
    return this.#bit > this.#bytes.length * 8
  }

  #next(): number {
    const byte = this.#bytes[this.#bit >> 3] ?? 0
    const bit = (byte >> (7 - (this.#bit & 7))) & 1
    this.#bit += 1
    return bit
  }
}

function withoutEmulationPrevention(unit: Buffer): Buffer {
  const bytes = Buffer.alloc(unit.length)
  let length = 0
  let zeros = 0
  for (const byte of unit) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    bytes[length] = byte
    length += 1
  }
  return bytes.subarray(0, length)
}
