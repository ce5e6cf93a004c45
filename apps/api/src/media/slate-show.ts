import { TICKS_PER_MS } from '@kptv/mpegts'
import type { ChannelOutput } from './channel-output.ts'

export type SlateShowOptions = {
  readonly output: Pick<ChannelOutput, 'pause' | 'fill'>
  readonly monotonicMs: () => number
}

const STEP_MS = 100
/** A process that was frozen does not make up for the lost time of a slate. */
const MAX_STEP_MS = 1_000

/** Shows a slate in real time, as long as it is due and no stream has reached a key frame. */
export class SlateShow {
  readonly #options: SlateShowOptions
  #timer: NodeJS.Timeout | undefined
  #shownAt = 0

  constructor(options: SlateShowOptions) {
    this.#options = options
  }

  get isOn(): boolean {
    return this.#timer !== undefined
  }

  /**
   * @param isConnected an attempt feeds the output; otherwise the rest of the last one is dropped
   */
  set(isDue: boolean, isConnected: boolean): void {
    if (!isDue) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    if (!isConnected) this.#options.output.pause()
    if (this.#timer !== undefined) return
    this.#shownAt = this.#options.monotonicMs()
    this.#timer = setInterval(() => this.#step(), STEP_MS)
  }

  #step(): void {
    const { output, monotonicMs } = this.#options
    const elapsedMs = Math.min(monotonicMs() - this.#shownAt, MAX_STEP_MS)
    this.#shownAt = monotonicMs()
    output.fill(Math.round(elapsedMs * TICKS_PER_MS))
  }
}
