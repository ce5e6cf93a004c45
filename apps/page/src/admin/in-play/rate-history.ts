import type { LiveState } from '@kptv/contract'
import { signal } from '@preact/signals'

const MAX_SAMPLES = 60

/** Rates of the channels in play, once a second, for a minute. */
export class RateHistory {
  readonly #samples = new Map<string, number[]>()
  /** Grows with each sample: charts read it to be redrawn. */
  readonly count = signal(0)

  sample(state: LiveState | undefined): void {
    if (state === undefined) return
    for (const id of this.#samples.keys()) if (state.channels[id] === undefined) this.#samples.delete(id)
    for (const [id, { bitsPerSecond }] of Object.entries(state.channels)) {
      const samples = this.#samples.get(id) ?? []
      samples.push(bitsPerSecond)
      if (samples.length > MAX_SAMPLES) samples.shift()
      this.#samples.set(id, samples)
    }
    this.count.value += 1
  }

  of(id: string): readonly number[] {
    return this.#samples.get(id) ?? []
  }
}
