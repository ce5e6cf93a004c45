import { type Clock, every } from '@kptv/clock'
import { TICKS_PER_MS } from '@kptv/mpegts'
import type { ChannelOutput } from './channel-output.ts'

type SlateShowOptions = {
  readonly output: Pick<ChannelOutput, 'pause' | 'fill'>
  readonly clock: Clock
}

const STEP_MS = 100
/** A process that was frozen does not make up for the lost time of a slate. */
const MAX_STEP_MS = 1_000

/** Shows a slate in real time, as long as it is due and no stream has reached a key frame. */
export class SlateShow {
  readonly #options: SlateShowOptions
  #stop: (() => void) | undefined
  #shownAt = 0

  constructor(options: SlateShowOptions) {
    this.#options = options
  }

  get isOn(): boolean {
    return this.#stop !== undefined
  }

  /**
   * @param isConnected an attempt feeds the output; otherwise the rest of the last one is dropped
   */
  set(isDue: boolean, isConnected: boolean): void {
    if (!isDue) {
      this.#stop?.()
      this.#stop = undefined
      return
    }
    if (!isConnected) this.#options.output.pause()
    if (this.#stop !== undefined) return
    this.#shownAt = this.#options.clock.monotonicMs()
    this.#stop = every(this.#options.clock, STEP_MS, () => this.#step())
  }

  #step(): void {
    const { output, clock } = this.#options
    const elapsedMs = Math.min(clock.monotonicMs() - this.#shownAt, MAX_STEP_MS)
    this.#shownAt = clock.monotonicMs()
    output.fill(Math.round(elapsedMs * TICKS_PER_MS))
  }
}
