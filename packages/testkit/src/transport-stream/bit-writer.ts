/**
 * Bits in the order of a media standard: most significant first, with the Exp-Golomb codes of
 * ISO/IEC 14496-10, 9.1.
 */
export class BitWriter {
  #bits = ''

  /** `count` bits of `value`, at most 32. */
  u(count: number, value: number): this {
    this.#bits += value.toString(2).padStart(count, '0')
    return this
  }

  ue(value: number): this {
    const binary = (value + 1).toString(2)
    return this.u(binary.length * 2 - 1, value + 1)
  }

  se(value: number): this {
    return this.ue(value > 0 ? value * 2 - 1 : -value * 2)
  }

  /** Zero bits up to the next whole byte. */
  align(): this {
    while (this.#bits.length % 8 !== 0) this.#bits += '0'
    return this
  }

  /** The bytes so far; the last one is filled with zero bits. */
  toBuffer(): Buffer {
    this.align()
    return Buffer.from(this.#bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
  }

  /**
   * As {@link toBuffer}, ended by the stop bit of rbsp_trailing_bits (ISO/IEC 14496-10, 7.3.2.11).
   */
  toRbsp(): Buffer {
    return this.u(1, 1).toBuffer()
  }
}
