const NONE = -1

/**
 * Which wanted channels each guide channel serves, all by number. A wanted channel has one guide
 * channel at most, so those of a guide channel are a linked list through them, at twelve bytes for
 * each.
 */
export class Receivers {
  /** By wanted channel: the guide channel that serves it, and its neighbours in the list. */
  readonly #servedBy: Int32Array
  readonly #next: Int32Array
  readonly #previous: Int32Array
  /** By guide channel. */
  #first = new Int32Array(16).fill(NONE)

  /** @param size The number of wanted channels. */
  constructor(size: number) {
    this.#servedBy = new Int32Array(size).fill(NONE)
    this.#next = new Int32Array(size).fill(NONE)
    this.#previous = new Int32Array(size).fill(NONE)
  }

  /** The guide channel that serves a wanted channel. */
  servedBy(channel: number): number | undefined {
    const guideChannel = this.#servedBy[channel] as number
    return guideChannel === NONE ? undefined : guideChannel
  }

  /** From now on this guide channel serves the wanted channel, and no other one does. */
  serve(channel: number, guideChannel: number): void {
    this.#leave(channel)
    while (guideChannel >= this.#first.length) this.#grow()
    const next = this.#first[guideChannel] as number
    if (next !== NONE) this.#previous[next] = channel
    this.#next[channel] = next
    this.#previous[channel] = NONE
    this.#servedBy[channel] = guideChannel
    this.#first[guideChannel] = channel
  }

  /** The wanted channels of a guide channel, in the order in which it began to serve them. */
  of(guideChannel: number): number[] {
    const channels: number[] = []
    let channel = this.#first[guideChannel] ?? NONE
    for (; channel !== NONE; channel = this.#next[channel] as number) channels.push(channel)
    return channels.reverse()
  }

  #leave(channel: number): void {
    const guideChannel = this.servedBy(channel)
    if (guideChannel === undefined) return
    const [previous, next] = [this.#previous[channel] as number, this.#next[channel] as number]
    if (previous === NONE) this.#first[guideChannel] = next
    else this.#next[previous] = next
    if (next !== NONE) this.#previous[next] = previous
  }

  #grow(): void {
    const first = new Int32Array(this.#first.length * 2).fill(NONE)
    first.set(this.#first)
    this.#first = first
  }
}
