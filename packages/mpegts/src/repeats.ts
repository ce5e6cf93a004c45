/**
 * Recognises a short clip that is sent over and over ("limit reached"): it restarts at the same
 * time with the same unit.
 */
import { TICKS_PER_SECOND, ticksBetween } from './timestamps.ts'

/** A loop that is longer than this is a programme, not a notice. */
const MAX_CLIP_TICKS = 60 * TICKS_PER_SECOND
/**
 * A step back beyond it is a new beginning; decode times never step back otherwise, presentation
 * times do by reordering.
 */
const DECODE_STEP_BACK_TICKS = TICKS_PER_SECOND / 10
const PRESENTATION_STEP_BACK_TICKS = TICKS_PER_SECOND
const REMEMBERED_BEGINNINGS = 8

type RepeatCounter = {
  /**
   * A unit of the main stream: its DTS, else its PTS; and how far the stream has come by its own
   * clock.
   *
   * @param unit.content distinguishes units; called only where the stream restarts
   */
  observe(
    unit: { readonly ticks: number; readonly isDecodeTime: boolean; readonly content: () => number },
    progressTicks: number,
  ): void
  /**
   * How often the stream restarted with the same unit as within the last minute of its own time.
   */
  readonly count: number
}

/**
 * Constant memory. The very first beginning does not count: a viewer joins a clip in the middle of
 * it.
 */
export function createRepeatCounter(): RepeatCounter {
  let previous: number | undefined
  let count = 0
  let beginnings: Array<{ readonly ticks: number; readonly hash: number; readonly progressTicks: number }> = []

  const observe: RepeatCounter['observe'] = ({ ticks, isDecodeTime, content }, progressTicks) => {
    const step = previous === undefined ? 0 : ticksBetween(previous, ticks)
    previous = ticks
    if (step >= -(isDecodeTime ? DECODE_STEP_BACK_TICKS : PRESENTATION_STEP_BACK_TICKS)) return
    beginnings = beginnings.filter((one) => progressTicks - one.progressTicks <= MAX_CLIP_TICKS)
    // A restarted encoder begins at the same time too, but with other frames.
    const hash = content()
    const isSame = (one: { readonly ticks: number; readonly hash: number }) => one.ticks === ticks && one.hash === hash
    if (beginnings.some(isSame)) count += 1
    beginnings = [...beginnings.filter((one) => !isSame(one)), { ticks, hash, progressTicks }]
    beginnings = beginnings.slice(-REMEMBERED_BEGINNINGS)
  }

  return {
    observe,
    get count() {
      return count
    },
  }
}
