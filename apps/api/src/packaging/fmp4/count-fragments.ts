import type { Mp4Fragment } from '@kptv/mp4'
import { TICKS_PER_SECOND, ticksBetween } from '@kptv/mpegts'

/** Of whole ticks, whatever the units of the track are. */
const ROUNDING_TICKS = TICKS_PER_SECOND / 1_000
/**
 * ffmpeg may date a frame a little differently: of frames without a decode time it works one out.
 */
const TOLERANCE_TICKS = TICKS_PER_SECOND / 4

/**
 * How many of the fragments belong to the segment that ends at this decode time: up to the place
 * nearest to it at which a player can begin, else up to the first fragment behind it.
 *
 * @param isAll no fragment will follow
 * @returns undefined while that is open
 */
export function countFragments(
  fragments: ReadonlyArray<Pick<Mp4Fragment, 'ticks' | 'endTicks' | 'isSync'>>,
  segmentEnd: number,
  isAll: boolean,
): number | undefined {
  let behind: number | undefined
  let nearest: { readonly index: number; readonly distance: number } | undefined
  for (const [index, { ticks, endTicks, isSync }] of fragments.entries()) {
    if (ticks === undefined) continue
    const past = ticksBetween(segmentEnd, ticks)
    const distance = Math.abs(past)
    if (isSync && distance <= Math.min(TOLERANCE_TICKS, nearest?.distance ?? TOLERANCE_TICKS))
      nearest = { index, distance }
    if (nearest !== undefined && nearest.distance <= ROUNDING_TICKS) return nearest.index
    if (past >= 0) behind ??= index
    if (past > TOLERANCE_TICKS) return nearest?.index ?? behind
    const isWhole = endTicks !== undefined && Math.abs(ticksBetween(segmentEnd, endTicks)) <= ROUNDING_TICKS
    if (isWhole && index === fragments.length - 1) return fragments.length
  }
  return isAll ? (nearest?.index ?? behind ?? fragments.length) : undefined
}
