import type { Mp4Fragment } from '@kptv/mp4'
import { TICKS_PER_SECOND, ticksBetween } from '@kptv/mpegts'

/**
 * ffmpeg may date a frame a little differently: of frames without a decode time it works one out.
 */
const TOLERANCE_TICKS = TICKS_PER_SECOND / 4

/**
 * How many of the fragments belong to the segment that ends at this decode time: up to the first
 * one there with which a player can begin, else up to the first one behind it.
 *
 * @param isAll no fragment will follow
 * @returns undefined while that is open
 */
export function countFragments(
  fragments: ReadonlyArray<Pick<Mp4Fragment, 'ticks' | 'isSync'>>,
  endTicks: number,
  isAll: boolean,
): number | undefined {
  let behind: number | undefined
  for (const [index, { ticks, isSync }] of fragments.entries()) {
    if (ticks === undefined) continue
    const past = ticksBetween(endTicks, ticks)
    if (isSync && Math.abs(past) <= TOLERANCE_TICKS) return index
    if (past >= 0) behind ??= index
    if (past > TOLERANCE_TICKS) return behind
  }
  return isAll ? (behind ?? fragments.length) : undefined
}
