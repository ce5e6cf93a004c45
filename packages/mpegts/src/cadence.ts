/** How long the units of one stream last, by the steps of their timestamps. */
import { ticksBetween } from './timestamps.ts'

const REMEMBERED_STEPS = 4
/** Longer steps are gaps. */
const MAX_STEP_TICKS = 90_000

export type Cadence = {
  /** Time stamp of the next unit, in ticks of 90 kHz. */
  observe(ticks: number): void
  /** The next unit does not follow the one before. */
  interrupt(): void
  /** The shortest and the longest of the last steps; the default before there are any. */
  readonly shortestTicks: number
  readonly longestTicks: number
  /** The last steps, to continue elsewhere. */
  readonly steps: readonly number[]
}

export function createCadence(defaultTicks: number, remembered: readonly number[] = []): Cadence {
  const steps = [...remembered]
  let previous: number | undefined

  return {
    observe(ticks) {
      const step = previous === undefined ? 0 : ticksBetween(previous, ticks)
      previous = ticks
      if (step <= 0 || step > MAX_STEP_TICKS) return
      if (steps.length === REMEMBERED_STEPS) steps.shift()
      steps.push(step)
    },
    interrupt() {
      previous = undefined
    },
    steps,
    get shortestTicks() {
      return steps.length === 0 ? defaultTicks : Math.min(...steps)
    },
    get longestTicks() {
      return steps.length === 0 ? defaultTicks : Math.max(...steps)
    },
  }
}
